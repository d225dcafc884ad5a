"""Configuration names that are ours: they steer the framework or the connection and never go to a provider.

The one definition. `LLMBackend.get_base_excluded_config_params` and `APIParamsHandlerBase.get_base_excluded_params`
both return it, so that the two cannot disagree. Keys that start with an underscore are private and excluded as well.
"""

from __future__ import annotations

_FRAMEWORK = """
    agent_id agent_temporary_workspace agent_temporary_workspace_parent
    allow_midstream_peer_updates_before_checklist_submit audio_generation_backend audio_generation_model
    auto_discover_custom_tools checklist_first_answer checklist_require_gap_report checkpoint_enabled
    checkpoint_gated_patterns checkpoint_guidance checkpoint_mode command_line_allowed_commands
    command_line_blocked_commands command_line_docker_cpu_limit command_line_docker_credentials
    command_line_docker_enable_sudo command_line_docker_image command_line_docker_memory_limit
    command_line_docker_network_mode command_line_docker_packages command_line_execution_mode
    concurrent_tool_execution context_paths context_write_access_enabled coordination_mode custom_tools_path cwd
    debug_delay_after_n_tools debug_delay_seconds defer_peer_updates_until_restart direct_mcp_servers
    disable_final_only_round_capture_fallback drift_conflict_policy enable_audio_generation enable_code_based_tools
    enable_execution_trace_analyzer enable_file_generation enable_image_generation enable_mcp_command_line
    enable_multimodal_tools enable_nlip enable_novelty_on_iteration enable_quality_rethink_on_iteration
    enable_rate_limit enable_video_generation enforce_read_before_delete exclude_custom_tools
    exclude_file_operation_mcps fairness_enabled fairness_lead_cap_answers filesystem_session_id
    final_answer_strategy gap_report_mode hooks image_generation_backend image_generation_model improvements
    instance_id learning_capture_mode main_agent max_checklist_calls_per_round max_concurrent_tools
    max_midstream_injections_per_round mcp_servers multimodal_config nlip nlip_config novelty_injection
    orchestrator_managed_round_evaluator plan_depth plan_target_chunks plan_target_steps plan_thoroughness
    presenter_agent round_evaluator_before_checklist round_evaluator_refine round_evaluator_skip_synthesis
    round_evaluator_transformation_pressure session_id session_storage_base shared_tools_directory subagent_types
    subtask type upload_files use_mcpwrapped_for_tool_filtering use_no_roots_wrapper use_two_tier_workspace
    video_generation_backend video_generation_model vote_only voting_sensitivity voting_threshold websocket_mode
    write_mode
"""

_TOOLS_AND_CALL = """
    allowed_tools custom_tools enable_code_execution enable_code_interpreter enable_web_search enable_x_search
    exclude_tools max_mcp_message_history mcp_circuit_breaker mcp_client mcp_timeout_seconds messages stream tools
"""

_CONNECTION = """
    access_token anthropic_version api_key api_version app_name auth_token azure_ad_token azure_endpoint base_model
    base_url betas clock connect_timeout default_headers default_query dialect extra_headers extra_query headers
    http_client idle_timeout location max_retries organization project provider_name proxy site_url timeout
    total_timeout vertexai
"""

_RESILIENCE = """
    compression_target_ratio context_compression llm_circuit_breaker_backoff_multiplier llm_circuit_breaker_enabled
    llm_circuit_breaker_max_backoff_seconds llm_circuit_breaker_max_failures llm_circuit_breaker_reset_time_seconds
    llm_circuit_breaker_retry_after_threshold_seconds llm_circuit_breaker_retryable_status_codes rate_limits
"""

FRAMEWORK_PARAMS: frozenset[str] = frozenset(_FRAMEWORK.split())
"""Options of the orchestrator, the workspace and the agents."""

TOOL_PARAMS: frozenset[str] = frozenset(_TOOLS_AND_CALL.split())
"""What decides the tools and the call itself; a handler turns it into the wire's own fields."""

CONNECTION_PARAMS: frozenset[str] = frozenset(_CONNECTION.split())
"""How the provider is reached; the transport uses it."""

RESILIENCE_PARAMS: frozenset[str] = frozenset(_RESILIENCE.split())
"""What limits, delays or refuses requests on our side, beside `enable_rate_limit` and `max_retries`."""

EXCLUDED_PARAMS: frozenset[str] = FRAMEWORK_PARAMS | TOOL_PARAMS | CONNECTION_PARAMS | RESILIENCE_PARAMS
