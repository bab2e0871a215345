"""The words: what things are called, and what shape they have."""
