"""Servers of one's own on the Chat wire: vLLM, SGLang, LM Studio and Ollama's compatible one.

Sources: vLLM's `entrypoints/openai`, SGLang's `serving_chat.py`, LM Studio's pages on its OpenAI endpoints and on its
REST v0 (`1_developer/2_rest/endpoints.mdx` of lmstudio-ai/docs), ollama's `openai/openai.go`; live streams of vLLM and
Ollama. None of them needs a key.
"""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts

_SAMPLING = """
    top_k min_p repetition_penalty min_tokens stop_token_ids ignore_eos skip_special_tokens chat_template_kwargs
    continue_final_message add_generation_prompt
"""
_VLLM = """
    truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words structured_outputs guided_json guided_regex
    guided_choice guided_grammar thinking_token_budget include_reasoning echo priority cache_salt request_id
    return_token_ids
"""
_SGLANG = "separate_reasoning stream_reasoning regex ebnf lora_path rid return_hidden_states"

VLLM = Variant(
    name="vllm",
    usage=base_counts,
    choice={"logprobs": None},
    opening={"role": "assistant", "content": ""},
    closing_choice={"stop_reason": None},
    reasoning="reasoning",
    done_after_error=True,
    key_optional=True,
    developers=False,
    request_fields=frozenset((_SAMPLING + _VLLM).split()),
    message_fields=frozenset({"reasoning", "reasoning_content"}),
)
SGLANG = replace(
    VLLM,
    name="sglang",
    closing_choice={"matched_stop": None},
    reasoning="reasoning_content",
    request_fields=frozenset((_SAMPLING + _SGLANG).split()),
)
LMSTUDIO = Variant(
    name="lmstudio",
    usage=base_counts,
    envelope={"system_fingerprint": "openai/gpt-oss-20b"},
    choice={"logprobs": None},
    opening={"role": "assistant"},
    reasoning="reasoning",
    error_event="error",
    key_optional=True,
    developers=False,
    named_choice=False,
    snake_names=True,
    refused_fields=frozenset({"max_completion_tokens"}),
    request_fields=frozenset({"top_k", "repeat_penalty", "ttl", "draft_model"}),
    message_fields=frozenset({"reasoning", "reasoning_content"}),
)
LMSTUDIO_V0 = replace(
    LMSTUDIO,
    name="lmstudio-v0",
    # The page on REST v0 shows these beside the counts of a whole answer. It does not show a stream.
    counted={
        "stats": {
            "tokens_per_second": 51.43,
            "time_to_first_token": 0.111,
            "generation_time": 0.954,
            "stop_reason": "eosFound",
        },
        "model_info": {"arch": "gpt-oss", "quant": "MXFP4", "format": "gguf", "context_length": 4096},
        "runtime": {"name": "llama.cpp-linux-x86_64-avx2", "version": "1.3.0", "supported_formats": ["gguf"]},
    },
)
OLLAMA = Variant(
    name="ollama",
    usage=base_counts,
    envelope={"system_fingerprint": "fp_ollama"},
    every_delta={"role": "assistant", "content": ""},
    reasoning="reasoning",
    whole_calls=True,
    error_kinds=frozenset({"server", "overloaded"}),
    key_optional=True,
    developers=False,
    refused_fields=frozenset({"tool_choice", "logit_bias", "n", "user", "max_completion_tokens"}),
    message_fields=frozenset({"reasoning"}),
)
