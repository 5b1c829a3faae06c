"""Outside parties: what they can do, and how they behave when nobody tells them what to do."""
