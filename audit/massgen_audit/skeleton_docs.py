"""The documentation of the small checkout that every rule example edits. It is data, like `skeleton.py`."""

from __future__ import annotations

SCHEMA = """\
YAML schema
===========

Backend types
-------------

.. list-table::
   :header-rows: 1

   * - Type
     - Provider
   * - ``acme``
     - Acme
"""

GUIDE = """\
Backends
========

.. list-table::
   :header-rows: 1

   * - Type
     - Provider
   * - ``acme``
     - Acme

Acme
----

.. code-block:: yaml

   backend:
     type: acme
     model: acme-2

The key is read from ``ACME_API_KEY``.
"""

GENERATOR = '''\
"""Writes the backend tables of the documentation from the registry."""

TABLES = ("docs/source/reference/supported_models.rst",)
'''

GENERATED = """\
Supported models
================

.. list-table::
   :header-rows: 1

   * - Type
     - Provider
     - Default model
   * - ``acme``
     - Acme
     - ``acme-2``
"""
