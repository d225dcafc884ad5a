from __future__ import annotations

from massgen.wire.pieces import Pieces


def test_any_number_of_pieces_is_one_text_of_few_strings() -> None:
    pieces = Pieces()
    assert (pieces.text(), len(pieces)) == ("", 0)
    for number in range(5000):
        pieces.append(f"{number} ")
        assert len(pieces) <= 1025
    text = pieces.text()
    assert text == "".join(f"{number} " for number in range(5000))
    assert pieces.text() is text
