"""Training: callers with a name, a mood and a script for one trainee, watched by a trainer, and scored.

`schema` declares what a file says, `checks` what must hold; `caller` and `trainee` are the two ends of a conversation,
`marks` judges what came of it, `session` holds all of it together, `report` says it to people.
"""
