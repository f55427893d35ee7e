"""The service: SPARQL 1.1 Protocol and Graph Store, the JSON API, pages, operations."""
