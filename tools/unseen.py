"""Mutants that change nothing that a caller can see, each with why. One that is no mutant any more fails the run."""

from __future__ import annotations

from typing import Final

UNSEEN: Final[dict[str, str]] = {
    'wire/anthropic_messages.py MessagesDecoder._returnable a branch dropped: if block.call is not None: whole_block["id"] = block.call.id -> if False: whole_block["id"] = block.call.id': "The blocks are opaque to a caller, and the formatter gives them the ids of their calls when they go back.",  # noqa: E501
    "wire/anthropic_messages.py MessagesDecoder._event catches everything: except msgspec.ValidationError: if type_of(payload, event) i -> except BaseException: if type_of(payload, event) in _HANDLER": "Decoding bytes raises nothing else, but for a bug of our own. JSON that is none raises again in `type_of`.",  # noqa: E501
    "wire/anthropic_messages.py MessagesDecoder._message_delta falsy is absent: value is not None -> value": "A field that is empty in the end says what it said where it is left out.",  # noqa: E501
    "wire/attempt.py CallDraft.is_whole catches everything: except msgspec.DecodeError: return False -> except BaseException: return False": "Only nesting without end raises anything else here, and that is malformed as well where it is caught further out.",  # noqa: E501
    "wire/decoder.py Decoder.__init__ another finish reason: FinishStatus.ERROR -> FinishStatus.STOP": "Nobody asks for the status of an answer before it has finished or failed.",  # noqa: E501
    "wire/decoder.py Decoder._guarded catches everything: except (WireError, msgspec.MsgspecError, UnicodeDecodeError) -> except BaseException as error: if data is None: # what the e": "Only nesting without end raises anything else, and that is a failure either way.",  # noqa: E501
    'wire/decoder.py Decoder._guarded catches everything: except RecursionError: self.fail(ErrorKind.MALFORMED, "the s -> except BaseException: self.fail(ErrorKind.MALFORMED, "the st': "Decoding raises nothing else, but for a bug of our own.",  # noqa: E501
    'wire/decoder.py SSEDecoder._read catches everything: except msgspec.DecodeError: if event == "error" and payload[ -> except BaseException: if event == "error" and payload[:1] !=': "What else is raised is raised again: it is no sentence, and has no half of a pair to mend.",  # noqa: E501
    'wire/failure.py from_response catches everything: except _TOO_STRANGE: parsed = body.decode("utf-8", "replace" -> except BaseException: parsed = body.decode("utf-8", "replace': "Decoding bytes raises nothing else, but for a bug of our own.",  # noqa: E501
    "wire/failure.py holds_error catches everything: except _TOO_STRANGE: return False -> except BaseException: return False": "Decoding bytes raises nothing else, but for a bug of our own.",  # noqa: E501
    "wire/failure.py _classify falsy is absent: status is None -> (not status)": "No HTTP status is zero.",
    "wire/failure.py from_error falsy is absent: status is not None -> status": "No HTTP status is zero.",
    "wire/failure.py from_error falsy is absent: status is not None -> status #2": "No HTTP status is zero.",
    "wire/failure.py _classify falsy is absent: status is not None -> status": "No HTTP status is zero.",
    "wire/gemini_generate.py GeminiDecoder._event does not leave: return -> pass #2": "An error comes alone: nothing is left to be read of its response.",  # noqa: E501
    "wire/gemini_generate.py GeminiDecoder._event falsy is absent: counts.promptTokenCount is not None -> counts.promptTokenCount": "Google's JSON leaves a zero out, so that a count that is there is never zero.",  # noqa: E501
    "wire/gemini_generate.py GeminiDecoder._candidate falsy is absent: candidate.content is not None -> candidate.content": "It is an object, which is never falsy.",  # noqa: E501
    "wire/gemini_generate.py GeminiDecoder._end falsy is absent: reason is None -> (not reason)": "It is only set to a reason that is not empty.",  # noqa: E501
    "wire/gemini_generate.py GeminiDecoder._end does not leave: return -> pass": "Without a finish reason there is no response that held it: reading it fails as the end of the bytes does.",  # noqa: E501
    "wire/gemini_generate.py _sound catches everything: except (msgspec.DecodeError, RecursionError): # none, or som -> except BaseException: # none, or something else: the sums ar": "Decoding bytes raises nothing else, but for a bug of our own.",  # noqa: E501
    "wire/gemini_interactions.py InteractionsDecoder._event catches everything: except msgspec.DecodeError: if event in _HANDLERS or not eve -> except BaseException: if event in _HANDLERS or not event: ra": "Decoding bytes raises nothing else, but for nesting without end in an event that nobody knows.",  # noqa: E501
    "wire/numbers.py whole falsy is absent: value is None -> (not value)": "A part of the counts that is zero and one that is left out count the same.",  # noqa: E501
    "wire/openai_responses.py ResponsesDecoder._event catches everything: except msgspec.ValidationError: if type_of(payload, event) i -> except BaseException: if type_of(payload, event) in _HANDLER": "Decoding bytes raises nothing else, but for a bug of our own. JSON that is none raises again in `type_of`.",  # noqa: E501
    "wire/pieces.py Pieces.text a branch dropped: if len(self) > 1: self[:] = [text] -> if False: self[:] = [text]": "It saves time and memory: the text is the same.",  # noqa: E501
    "wire/pieces.py Pieces.append a branch dropped: if len(self) > _MANY: self.text() -> if False: self.text()": "It saves memory: the text is the same.",  # noqa: E501
    "wire/timings.py timings_of falsy is absent: value is not None -> value": "A time of zero that is left out says the same.",  # noqa: E501
    'backend/fireworks.py FireworksBackend a difference forgotten: hatDialect( max_tokens_field="max_tokens", echo=("reasoning_ -> hatDialect( echo=("reasoning_content",), exclusive=(("thinki': "Fireworks takes both names of the limit; the older one is for what is older.",  # noqa: E501
    'backend/openrouter.py OpenRouterBackend a difference forgotten: ions=False, max_tokens_field="max_tokens", echo=("reasoning_ -> ions=False, echo=("reasoning_details", "reasoning"), tool_co': "OpenRouter takes both names of the limit; the older one is for what is older.",  # noqa: E501
    'backend/inference.py InferenceBackend a difference forgotten: hatDialect( max_tokens_field="max_tokens", echo=("reasoning" -> hatDialect( echo=("reasoning", "reasoning_content"), develop': "vLLM and SGLang take both names of the limit; the older one is for what is older.",  # noqa: E501
    'backend/uitars.py UITARSBackend a difference forgotten: hatDialect( max_tokens_field="max_tokens", developer_role=Fa -> hatDialect( developer_role=False, )': "vLLM, which serves it, takes both names of the limit; the older one is for what is older.",  # noqa: E501
    'backend/nebius.py NebiusBackend a difference forgotten: hatDialect( max_tokens_field="max_tokens", echo=("reasoning_ -> hatDialect( echo=("reasoning_content", "reasoning"), develop': "Nebius, as vLLM does, takes both names of the limit; the older one is for what is older.",  # noqa: E501
    'backend/moonshot.py MoonshotBackend a difference forgotten: hatDialect( max_tokens_field="max_tokens", echo=("reasoning_ -> hatDialect( echo=("reasoning_content", "partial"), echo_on_t': "Moonshot takes both names of the limit; the older one is for what is older.",  # noqa: E501
    "wire/openai_responses.py ResponsesDecoder._slot falsy is absent: event.output_index is None -> (not event.output_index)": "The item at place 0 is then found under its ids too, by which nobody asks where there are places.",  # noqa: E501
    "wire/openai_responses.py ResponsesDecoder._arguments a branch dropped: if event.delta: self._call(self._slot(event), out).pieces.ap -> if False: self._call(self._slot(event), out).pieces.append(e": "The end of the arguments, the item and the response each hold the same text whole.",  # noqa: E501
    "wire/ollama_chat.py OllamaDecoder._conclude falsy is absent: last.prompt_eval_count is not None -> last.prompt_eval_count": "Ollama leaves a count of zero out of its lines, so that none is ever there.",  # noqa: E501
    "wire/ollama_chat.py OllamaDecoder._conclude falsy is absent: last.eval_count is not None -> last.eval_count": "Ollama leaves a count of zero out of its lines, so that none is ever there.",  # noqa: E501
    "wire/ndjson.py NDJSONDecoder._read catches everything: except msgspec.DecodeError: mended = without_half_pairs(line -> except BaseException: mended = without_half_pairs(line) if m": "What else is raised is raised again: it has no half of a pair to mend.",  # noqa: E501
    "wire/sse.py SSEFramer.feed a branch dropped: if self._started and not (self._held or self._data or self._ -> if False: frame = _one_event(data) if frame is not None and ": "The plainest form of an event, read at once: it saves time, and the slow way gives the same.",  # noqa: E501
    "wire/sse.py SSEFramer.feed a branch dropped: if len(lines) == 1: self._held += data self._bound() return  -> if False: self._held += data self._bound() return []": "It saves copies of a long line that comes in many pieces: the frames are the same.",  # noqa: E501
    'wire/sse.py _one_event a branch dropped: if data[:6] == b"data: ": if line_end == size - 2 and data[- -> if False: if line_end == size - 2 and data[-1:] == b"\\n" and': "The plainest form of an event, read at once: it saves time, and the slow way gives the same.",  # noqa: E501
    "backend/exchange.py Exchange.finish a branch dropped: if self._decoder.finished: await self._drain() -> if False: await self._drain()": "It lets the connection serve the next request, which saves time: the answer is whole before.",  # noqa: E501
    "backend/http.py HTTPBackend.stream_with_tools falsy is absent: wait is None -> (not wait)": "No wait is zero: a quarter is taken off the first delay at most.",  # noqa: E501
    "backend/http.py _timeouts falsy is absent: value is not None -> value": "A timeout of zero is refused when the backend is made.",  # noqa: E501
}
