"""MUL: what is shown to the model beside the text is what the caller gave, or the caller is told that it cannot be."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re

from massgen_conformance import driver, reading
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.options import asked_with, told_of
from massgen_conformance.contract import field_of
from massgen_conformance.plan import Reply
from massgen_conformance.scenarios import images, sources
from massgen_conformance.speakers.base import SentMedia
from massgen_conformance.speakers.openai_chat_variant import variant_of
from massgen_conformance.speakers.searches import PICTURE
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Received, Run

WORDS = ("image", "media", "audio", "file", "part", "content", "url", "URL", "path", "hologram")
APART = frozenset({"ollama_chat"})
"""Wires on which images stand in a list beside the text, so that there is no order between the two."""

FILES = re.compile(r"/files(/[\w-]+)?$")
"""The path of an upload and of what was uploaded, at OpenAI, Anthropic, Mistral and Gemini."""

FILE = Reply((b'{"id": "file-5f1d", "object": "file"}',), headers=(("content-type", "application/json"),), sized=True)


def media_sent(stage: Stage, run: Run) -> list[SentMedia]:
    """What was shown in the request. `NotApplicable` when the subject refused it; `Violation` when it said nothing."""
    stage.performed = run
    if not run.wire.requests:
        why = told_of(run, *WORDS)
        require(why, "a request, or a word about the image", reading.course(run))
        raise NotApplicable(f"the subject refuses it: {why}")
    return [media for message in stage.sent(run).messages for media in message.media]


def bytes_of(media: SentMedia) -> bytes:
    try:
        return base64.b64decode(media.data, validate=True)
    except binascii.Error:
        return b""


URL_SAFE = bytes.maketrans(b"-_", b"+/")


def either_base64(data: bytes) -> bytes:
    """The same bytes for both alphabets of base64: the JSON of protobuf takes either, and google-genai sends `-_`."""
    return data.translate(URL_SAFE)


@check(
    "MUL-01",
    "The bytes of an image in the request are the bytes that were given.",
    drive=Drive.SCRIPT,
    catches="an image that is encoded twice, or shrunk on its way",
    cases=tuple(Case(name, images.shown(name, kind, data), value=data) for name, kind, data in images.PICTURES),
)
async def image_bytes_are_the_same(stage: Stage) -> None:
    sent = media_sent(stage, await asked_with(stage))
    require(len(sent) == 1, "one image", f"{len(sent)} of them")
    require(bytes_of(sent[0]) == stage.case.value, f"{len(stage.case.value)} bytes as given", repr(sent[0].data[:80]))


@check(
    "MUL-02",
    "The media type of an image is that of its bytes, whatever its name or label says.",
    drive=Drive.PROPERTY,
    catches="a PNG that is called image/jpeg by default, which the provider refuses",
    cases=tuple(
        Case(f"{name}-called-{label.partition('/')[2]}", images.shown(f"mislabelled-{name}", label, data), value=kind)
        for (name, kind, data), label in zip(images.PICTURES, images.WRONG_LABELS, strict=True)
    ),
)
async def media_type_is_that_of_the_bytes(stage: Stage) -> None:
    sent = media_sent(stage, await asked_with(stage))
    types = [media.media_type for media in sent]
    require(types == [stage.case.value], f"the type {stage.case.value}", types)


@check(
    "MUL-03",
    "An image by URL or by a file's id arrives as such or is refused; a path of this machine is never sent as a URL.",
    drive=Drive.SCRIPT,
    catches="`/home/me/picture.png` sent as a URL, and an id dropped so that the model sees no image",
    cases=tuple(Case(name, scenario, value=place) for name, scenario, place in images.PLACES),
)
async def every_form_arrives_or_is_refused(stage: Stage) -> None:
    run = await asked_with(stage)
    stage.performed = run
    local = stage.case.name == "path"
    sent = bool(run.wire.requests) and stage.case.value.encode() in run.wire.requests[run.first_request].body
    if sent and not local:
        return
    require(not run.wire.requests, f"{stage.case.value} in the request, or an error before it", "a request without it")
    require(told_of(run, *WORDS), "a word about the image", reading.course(run))


@check(
    "MUL-04",
    "Texts and images keep their order.",
    drive=Drive.PROPERTY,
    catches="all images in front, so that `the first one` and `the one below` mean others",
    cases=(Case("text-image-text-image", images.ALTERNATING, value=images.ALTERNATION),),
)
async def the_order_is_kept(stage: Stage) -> None:
    run = await asked_with(stage)
    media_sent(stage, run)
    body = either_base64(run.wire.requests[run.first_request].body)
    marks: tuple[str, ...] = stage.case.value
    orders = [marks[::2], marks[1::2]] if stage.subject.wire in APART else [marks]
    for order in orders:
        places = [body.find(either_base64(mark.encode())) for mark in order]
        require(-1 not in places, "every text and image", f"{places.count(-1)} missing")
        require(places == sorted(places), f"the order {[mark[:20] for mark in order]}", places)


@check(
    "MUL-05",
    "Content of a kind that nobody knows is refused before anything is sent, or sent whole: it is not dropped.",
    drive=Drive.UNIT,
    catches="a kind of content that is dropped in silence, so that the model answers about something else",
    cases=(Case("hologram", images.HOLOGRAM),),
)
async def strange_content_is_not_dropped(stage: Stage) -> None:
    run = await asked_with(stage)
    stage.performed = run
    if run.wire.requests:
        sent = images.STRANGE.encode() in run.wire.requests[run.first_request].body
        require(sent, "an error before any request, or the content in it", "a request without it")
        return
    require(told_of(run, *WORDS), "a word about it", reading.course(run))


@check(
    "MUL-07",
    "A file that a call uploads to the provider is deleted when the call is over.",
    drive=Drive.FAULT,
    level=Level.SHOULD,
    catches="every picture that was ever shown, kept in the account's files until its quota is full",
    cases=(Case("image", images.shown("png", "image/png", images.PNG)),),
)
async def uploads_are_deleted(stage: Stage) -> None:
    answer = stage.reply()

    def respond(_number: int, request: Received) -> Reply:
        return FILE if FILES.search(request.target) else answer

    async with driver.play(
        stage.subject, respond, player=stage.theatre.player, config={"max_retries": 0}, timeout=stage.guard_seconds
    ) as play:
        stage.performed = await play.observe(copy.deepcopy(list(stage.scenario.messages)), [])
    about = [request for request in stage.performed.wire.requests if FILES.search(request.target)]
    uploaded = [request for request in about if request.method == "POST"]
    if not uploaded:
        raise NotApplicable("the subject uploads nothing: what it is shown is in the request")
    deleted = [request for request in about if request.method == "DELETE"]
    require(len(deleted) == len(uploaded), f"{len(uploaded)} files deleted", f"{len(deleted)} of them")


@check(
    "MUL-06",
    "An image in a tool's result reaches the model, or the caller is told that it cannot.",
    drive=Drive.SCRIPT,
    needs=frozenset({"tools"}),
    catches="a screenshot that a tool took, of which the model sees the text around it",
    cases=(Case("tool-result", images.IN_RESULT),),
)
async def image_of_a_result_arrives(stage: Stage) -> None:
    run = await asked_with(stage)
    stage.performed = run
    if not run.wire.requests:
        require(told_of(run, *WORDS), "a request, or a word about the image", reading.course(run))
        variant = variant_of(stage.speaker)
        taken = variant is not None and (variant.result_parts or variant.chunks)
        require(not taken, "the image in the request, for this provider takes it", reading.course(run))
        return
    encoded = either_base64(base64.b64encode(images.PNG))
    sent = either_base64(run.wire.requests[run.first_request].body)
    require(encoded in sent, "the image in the request", "none")
    stage.sent(run)


@check(
    "MUL-09",
    "An image in a tool's result stands in that result, where the provider takes one there.",
    level=Level.SHOULD,
    drive=Drive.SCRIPT,
    needs=frozenset({"tools"}),
    catches="a screenshot that the model takes for one of the user's, who was never there",
    cases=(Case("tool-result", images.IN_RESULT),),
)
async def image_stands_in_its_result(stage: Stage) -> None:
    variant = variant_of(stage.speaker)
    if variant is None or not (variant.result_parts or variant.chunks):
        raise NotApplicable("nothing is known of a result that holds images, or every request is held to its form")
    run = await asked_with(stage)
    stage.sent(run)
    said = run.wire.requests[run.first_request].json()["messages"]
    encoded = base64.b64encode(images.PNG).decode()
    holders = [message["role"] for message in said if encoded in json.dumps(message)]
    require(holders == ["tool"], "the image in the tool message, once", f"in messages of {holders}")


@check(
    "MUL-08",
    "A picture that the model makes is a `media` chunk or one of the message's `images`: whole, and no text.",
    level=Level.SHOULD,
    drive=Drive.SCRIPT,
    catches="an answer in pictures that is shown as an empty one, and base64 in the place of the text",
    cases=(Case("pictured", sources.PICTURED),),
)
async def pictures_are_handed_over(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.of("content"), "output of the model")
    require(PICTURE not in reading.text(run), "text without the picture", reading.text(run))
    pictures = [str(field_of(chunk, "content")) for chunk in run.of("media")]
    pictures += map(str, (reading.message(run) or {}).get("images") or ())
    shown = any(PICTURE in each for each in pictures)
    require(shown, "the picture in a media chunk or in images", reading.outline(run))
