"""Which fix answers which rule, when it may be applied, and where it takes its facts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from massgen_audit.fixes import documents, knowledge
from massgen_audit.fixes.branch import add_branch
from massgen_audit.fixes.dispatch import add_row
from massgen_audit.fixes.draft import Draft
from massgen_audit.fixes.edit import CannotFix, dict_literal
from massgen_audit.fixes.entry import add_entry
from massgen_audit.fixes.example import example_path, example_yaml
from massgen_audit.fixes.excluded import add_excluded
from massgen_audit.fixes.exports import add_import, add_to_all
from massgen_audit.fixes.page import add_section, add_table_row
from massgen_audit.model import layout as at
from massgen_audit.model.generated import outputs, rows
from massgen_audit.values import Finding, Fixable, Status

FACTORY = "massgen/backend/factory.py"
DISPATCH = "BACKENDS"


@dataclass(frozen=True, slots=True)
class Fix:
    """Answers the findings of one rule; `safety` says when it may be applied."""

    code: str
    safety: Fixable
    edit: Callable[[Draft, Finding], None]


def _import(draft: Draft, finding: Finding) -> None:
    info = knowledge.class_of(draft.model, finding)
    module = knowledge.module_in_package(info)
    draft.rewrite(finding, at.BACKEND_INIT, lambda text: add_import(text, knowledge.PACKAGE, module, info.name))


def _list(draft: Draft, finding: Finding) -> None:
    info = knowledge.class_of(draft.model, finding)
    draft.rewrite(finding, at.BACKEND_INIT, lambda text: add_to_all(text, info.name))


def _branch(draft: Draft, finding: Finding) -> None:
    facts = knowledge.branch_facts(draft.model, finding.backend)
    table = draft.text(FACTORY)
    if table is not None and dict_literal(table, DISPATCH) is not None:
        stem = facts.module.rpartition(".")[2]
        draft.rewrite(finding, FACTORY, lambda text: add_row(text, DISPATCH, facts.type, stem, facts.cls))
    else:
        draft.rewrite(finding, at.CLI, lambda text: add_branch(text, facts))


def _entry(draft: Draft, finding: Finding) -> None:
    known = knowledge.entry_facts(draft.model, finding.backend)
    record = knowledge.record_source(draft.model)
    draft.rewrite(finding, at.CAPABILITIES, lambda text: add_entry(text, finding.backend, known, record))


def _excluded(draft: Draft, finding: Finding) -> None:
    for (path, holder), names in knowledge.names_lacking(draft.model).items():
        if names:
            draft.rewrite(finding, path, partial(add_excluded, holder=holder, names=names))


def _example(draft: Draft, finding: Finding) -> None:
    name = finding.backend
    row = knowledge.type_named(draft.model, name).row
    if row is None:
        raise CannotFix(f"{name} has no registry entry to take a model from: add the entry first")
    model = knowledge.usable_model(draft.model, name, row)
    if model is None and finding.status is not Status.MISSING:
        raise CannotFix(f"no model of {name} is known: move one of its examples to {example_path(name)}")
    title, variable = row.get("provider_name"), row.get("env_var")
    text = example_yaml(
        name, title if isinstance(title, str) else name, model, variable if isinstance(variable, str) else None
    )
    draft.create(finding, example_path(name), text)


def _row(page: str, draft: Draft, finding: Finding) -> None:
    info = knowledge.type_named(draft.model, finding.backend)
    facts = documents.row_facts(draft.model, info)
    types = [other.name for other in draft.model.types if other is not info]
    like = documents.relatives(draft.model, info)
    draft.rewrite(finding, page, lambda text: add_table_row(text, facts, types, like))


def _generated(draft: Draft, finding: Finding) -> None:
    pages = outputs(draft.model)
    if not pages:
        raise CannotFix(f"{at.GENERATOR} has written no page: write it and run it")
    name = finding.backend
    if finding.place.path != at.GENERATOR or any(rows(draft.model, page, name) for page in pages):
        raise CannotFix(f"the generated row of {name} is not current: run {at.GENERATOR}")
    _row(pages[0], draft, finding)


def _section(draft: Draft, finding: Finding) -> None:
    model = draft.model
    title, body = documents.section_of(model, knowledge.type_named(model, finding.backend))
    known = documents.headings(model, at.GUIDE_PAGE)
    draft.rewrite(finding, at.GUIDE_PAGE, lambda text: add_section(text, title, body, known))


def _test(draft: Draft, finding: Finding) -> None:
    info = knowledge.type_named(draft.model, finding.backend)
    draft.create(finding, finding.evidence[0].span.path, documents.module_text(draft.model, info))


# In the order in which one makes the next possible: an entry, the branch that takes its facts from it, an example.
FIXES: tuple[Fix, ...] = (
    Fix("MG221", Fixable.SCAFFOLD, _entry),
    Fix("MG211", Fixable.UNSAFE, _branch),
    Fix("MG201", Fixable.SAFE, _import),
    Fix("MG202", Fixable.SAFE, _list),
    Fix("MG401", Fixable.UNSAFE, _excluded),
    Fix("MG801", Fixable.SCAFFOLD, _example),
    Fix("MG702", Fixable.SCAFFOLD, _test),
    Fix("MG901", Fixable.SCAFFOLD, partial(_row, at.SCHEMA_PAGE)),
    Fix("MG911", Fixable.SCAFFOLD, partial(_row, at.GUIDE_PAGE)),
    Fix("MG912", Fixable.SCAFFOLD, _section),
    Fix("MG921", Fixable.SCAFFOLD, _generated),
)
