"""What people read and hear, and where answers lead. Data, no code: see README.md beside this."""
