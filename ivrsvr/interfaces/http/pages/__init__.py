"""What the HTTP port shows to people: pages made from the registry, and pages to work on, which use the public API."""
