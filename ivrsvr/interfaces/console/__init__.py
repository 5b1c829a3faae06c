"""The console `tcpgate`: commands of the registry, typed by people on a terminal."""
