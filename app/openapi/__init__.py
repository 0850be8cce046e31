"""The description of the JSON API as an OpenAPI document, made from the tables that the code works with."""
