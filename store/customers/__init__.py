"""Customers, their users, and how these prove who they are. Kept in Redis, beside accounts."""

from store.customers.audit import What
from store.customers.customer import Customer
from store.customers.directory import Directory, Identity
from store.customers.problems import CannotError
from store.customers.roles import Role
from store.customers.sessions import Session
from store.customers.tokens import Token
from store.customers.users import User

__all__ = ["CannotError", "Customer", "Directory", "Identity", "Role", "Session", "Token", "User", "What"]
