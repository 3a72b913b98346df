"""What every writing verb goes through: journal and recovery, staging and renaming, storing and publishing."""
