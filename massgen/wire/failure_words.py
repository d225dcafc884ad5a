"""The words by which providers name their errors, and the wordings of an exceeded context.

Sources: the vendors' SDKs and documentation, per provider in their API references under "Errors".
"""

from __future__ import annotations

import re

from massgen.backend.stream_chunk import ErrorKind

BY_WORD: dict[str, ErrorKind] = {
    "invalid_api_key": ErrorKind.AUTH,
    "authentication_error": ErrorKind.AUTH,
    "authentication": ErrorKind.AUTH,
    "unauthenticated": ErrorKind.AUTH,
    "api_key_invalid": ErrorKind.AUTH,
    "permission_error": ErrorKind.PERMISSION,
    "permission_denied": ErrorKind.PERMISSION,
    "unsupported_country_region_territory": ErrorKind.PERMISSION,
    "not_found_error": ErrorKind.NOT_FOUND,
    "not_found": ErrorKind.NOT_FOUND,
    "model_not_found": ErrorKind.NOT_FOUND,
    "context_length_exceeded": ErrorKind.CONTEXT_LENGTH,
    "max_tokens_exceeded": ErrorKind.CONTEXT_LENGTH,
    "token_limit_exceeded": ErrorKind.CONTEXT_LENGTH,
    "exceed_context_size_error": ErrorKind.CONTEXT_LENGTH,  # llama.cpp
    "insufficient_quota": ErrorKind.QUOTA,
    "exceeded_current_quota_error": ErrorKind.QUOTA,
    "billing_error": ErrorKind.QUOTA,
    "payment_required": ErrorKind.QUOTA,
    "quota_exceeded": ErrorKind.QUOTA,
    "enforced_spend_limit_reached": ErrorKind.QUOTA,
    "contract_spend_limit_reached": ErrorKind.QUOTA,
    "rate_limit_exceeded": ErrorKind.RATE_LIMIT,
    "rate_limit_error": ErrorKind.RATE_LIMIT,
    "resource_exhausted": ErrorKind.RATE_LIMIT,
    "overloaded_error": ErrorKind.OVERLOADED,
    "unavailable": ErrorKind.OVERLOADED,
    "capacity_exceeded": ErrorKind.OVERLOADED,
    "provider_overloaded": ErrorKind.OVERLOADED,
    "provider_unavailable": ErrorKind.OVERLOADED,
    "insufficient_system_resource": ErrorKind.OVERLOADED,
    "server_error": ErrorKind.SERVER,
    "api_error": ErrorKind.SERVER,
    "internal": ErrorKind.SERVER,
    "internal_server_error": ErrorKind.SERVER,
    "server": ErrorKind.SERVER,
    "timeout_error": ErrorKind.TIMEOUT,
    "timeout": ErrorKind.TIMEOUT,
    "deadline_exceeded": ErrorKind.TIMEOUT,
    "content_policy_violation": ErrorKind.CONTENT_FILTER,
    "content_policy": ErrorKind.CONTENT_FILTER,
    "content_filter": ErrorKind.CONTENT_FILTER,
    "data_inspection_failed": ErrorKind.CONTENT_FILTER,
    "bio_policy": ErrorKind.CONTENT_FILTER,
    "misalignment_policy_violation": ErrorKind.CONTENT_FILTER,
    "invalid_prompt": ErrorKind.BAD_REQUEST,
    "data_residency_mismatch": ErrorKind.BAD_REQUEST,
    "request_too_large": ErrorKind.BAD_REQUEST,
    # Azure
    "deploymentnotfound": ErrorKind.NOT_FOUND,
    "ratelimitreached": ErrorKind.RATE_LIMIT,
    "nocapacity": ErrorKind.OVERLOADED,
    "responsibleaipolicyviolation": ErrorKind.CONTENT_FILTER,
    # Moonshot
    "invalid_authentication_error": ErrorKind.AUTH,
    "permission_denied_error": ErrorKind.PERMISSION,
    "resource_not_found_error": ErrorKind.NOT_FOUND,
    "engine_overloaded_error": ErrorKind.OVERLOADED,
    "rate_limit_reached_error": ErrorKind.RATE_LIMIT,
    # Cerebras
    "queue_exceeded": ErrorKind.OVERLOADED,
    "request_quota_exceeded": ErrorKind.RATE_LIMIT,
    "token_quota_exceeded": ErrorKind.RATE_LIMIT,
    "too_many_requests_error": ErrorKind.RATE_LIMIT,
    # DashScope, which answers 400 to an account in arrears
    "invalidapikey": ErrorKind.AUTH,
    "arrearage": ErrorKind.QUOTA,
    "datainspectionfailed": ErrorKind.CONTENT_FILTER,
    "limit_requests": ErrorKind.RATE_LIMIT,
    "throttling": ErrorKind.RATE_LIMIT,
    "throttling.ratequota": ErrorKind.RATE_LIMIT,
    "throttling.burstrate": ErrorKind.RATE_LIMIT,
    "throttling.allocationquota": ErrorKind.RATE_LIMIT,
    # Z.AI, whose codes are numbers in strings; an empty balance and a used-up plan come with status 429
    "1000": ErrorKind.AUTH,
    "1001": ErrorKind.AUTH,
    "1002": ErrorKind.AUTH,
    "1003": ErrorKind.AUTH,
    "1004": ErrorKind.AUTH,
    "1113": ErrorKind.QUOTA,
    "1210": ErrorKind.BAD_REQUEST,
    "1211": ErrorKind.NOT_FOUND,
    "1212": ErrorKind.BAD_REQUEST,
    "1213": ErrorKind.BAD_REQUEST,
    "1214": ErrorKind.BAD_REQUEST,
    "1261": ErrorKind.CONTEXT_LENGTH,
    "1301": ErrorKind.CONTENT_FILTER,
    "1302": ErrorKind.RATE_LIMIT,
    "1303": ErrorKind.RATE_LIMIT,
    "1305": ErrorKind.OVERLOADED,
    "1308": ErrorKind.QUOTA,
}

INVALID = frozenset({"invalid_request_error", "invalid_request", "parameter_unknown"})
"""Words that blame the request and say no more, so that a wording of an exceeded context comes first."""

CONTEXT = re.compile(
    r"maximum context length|prompt is too long|exceeds? (?:the )?context (?:limit|size|length|window)"
    r"|exceeded model token limit|exceeds the maximum number of tokens allowed|longer than the model's context length"
    r"|requested token count exceeds|`inputs` tokens \+ `max_new_tokens`|input token length too long"
    r"|range of input length should be|exceeds the available context size|input length exceeds the context length"
    r"|reduce the length of the messages|prompt too long|exceeded max context length"
    r"|too many tokens: size limit exceeded|maximum prompt length is|too large for model with"
    r"|longer than the context length|greater than the context length|input is too long for requested model",
    re.IGNORECASE,
)

# What xAI says in a 403 or a 429 without a word for it.
NO_CREDIT = re.compile(r"used all available credits|have any credits|monthly spending limit", re.IGNORECASE)
POLICY = re.compile(r"violates usage guidelines", re.IGNORECASE)
