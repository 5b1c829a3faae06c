"""The services of the switch by group: what each checks, does and confirms."""
