"""The law of podlaw as data; README.md teaches the format."""
