"""The only place where reports come in. Doors: submissions, forms, proof_of_work."""
