"""Resolve a conflict: keep the center's text although the flows' text changed, or serve that of the flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from hotline.publishing.overlay import Overlay, OwnText
from hotline.publishing.overlay_merge import Kind
from hotline.web.desk.words_state import Words

K = TypeVar("K")
V = TypeVar("V")


def decided(now: Words, kind: str, name: str, language: str, *, ours: bool) -> Overlay:
    """Return the desk's overlay with one conflict resolved.

    The desk can also resolve conflicts in FLOWS_OVERLAY, because its overlay goes on top of the file.
    """
    match Kind(kind):
        case Kind.TEXT:
            return _text(now, (language, name), ours=ours)
        case Kind.REMINDER:
            upstream = _state(now, name).get("after", "")
            entry = replace(now.own.reminders[name], was=str(upstream))
            decided = entry if ours else replace(entry, after=str(upstream))
            return replace(now.desk, reminders=_put(now.desk.reminders, name, decided, keep=bool(upstream)))
        case Kind.CENTER:
            row = now.upstream.centers.get(name, {})
            named = (str(row.get("name", "")), str(row.get("phone", "")))
            center = replace(now.own.centers[name], was=named[0], was_phone=named[1])
            if not ours and row:
                center = replace(center, name=named[0], phone=named[1])
            return replace(now.desk, centers=_put(now.desk.centers, name, center, keep=ours or bool(row)))
        case Kind.REVIEW:
            return replace(now.desk, reviews=_without(now.desk.reviews, name))
        case Kind.MENU:
            return replace(now.desk, faqs={**now.desk.faqs, name: replace(now.own.faqs[name], menu="")})


def _text(now: Words, key: tuple[str, str], *, ours: bool) -> Overlay:
    upstream = now.upstream_words.get(key)
    if upstream is None:
        return replace(now.desk, texts=_without(now.desk.texts, key))
    if ours:
        entry = replace(now.own.texts[key], was=upstream)
        return replace(now.desk, texts={**now.desk.texts, key: entry})
    left = {
        each: own for each, own in now.desk.texts.items() if each[1] != key[1]
    }  # a text is one unit in all languages
    in_file = (each for each in now.file.texts if each[1] == key[1] and each in now.upstream_words)
    return replace(now.desk, texts={**left, **{each: _upstream(now, each) for each in in_file}})


def _upstream(now: Words, key: tuple[str, str]) -> OwnText:
    words = now.upstream_words[key]
    return OwnText(words, words)


def _state(now: Words, name: str) -> Mapping[str, object]:
    return next((table[name] for table in now.upstream.tables.values() if name in table), {})


def _put(entries: Mapping[str, V], name: str, entry: V, *, keep: bool) -> dict[str, V]:
    return {**entries, name: entry} if keep else _without(entries, name)


def _without(entries: Mapping[K, V], name: K) -> dict[K, V]:
    return {key: value for key, value in entries.items() if key != name}
