"""The only place for what a move needs: what was given for it, checked one thing after another."""
