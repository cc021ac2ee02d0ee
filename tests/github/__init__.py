"""A strict stand-in for GitHub, for tests and for trying things out by hand.

A request goes through these modules, from left to right:

    server   sockets, HTTP, broken connections
      app    who asks, for what, may they, is it well formed; the reply is checked like the request
      routes/  one module for each area of the REST interface      graph*  the GraphQL interface
      state  what exists; files and commits are in real bare repositories (git_store)

`description` and `conversion` hold GitHub's OpenAPI description against both directions, `tokens` says who may do what,
`faults` breaks things on demand, `events` makes webhook payloads, `control` is the door for tests (`/_fake/…`).

    python -m github --help
"""
