"""The only place for working days and dated rules; pure, but for rows/."""
