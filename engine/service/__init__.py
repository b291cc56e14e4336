"""The engine as a service: HTTP, one queue of jobs, a store of motions. Knows the generator, but no command."""
