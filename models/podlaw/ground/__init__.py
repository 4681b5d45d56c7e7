"""The law on a finite scope: variables with small domains, guarded simultaneous assignments, and nothing else."""
