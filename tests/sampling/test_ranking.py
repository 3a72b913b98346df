"""Ranks: the same everywhere, spread evenly, apart for each seed and purpose."""

from __future__ import annotations

import hashlib

from dsvc.sampling.ranking import ranker, ranks_of, share_of

IDENTITIES = [f"{number:032x}".encode() for number in range(10_000)]


def test_anybody_can_compute_a_rank_from_the_docs() -> None:
    key = hashlib.sha256("dsvc pilot 种子".encode()).digest()
    wanted = int.from_bytes(hashlib.blake2b(b"3f9a", digest_size=8, key=key).digest(), "big")
    assert ranker("pilot", "种子")(b"3f9a") == wanted


def test_the_formula_never_changes() -> None:
    assert ranker("pilot", "1")(b"3f9a") == 17803953669263447976


def test_many_ranks_at_once_are_the_same_ones() -> None:
    rank = ranker("pilot", "种子")
    assert ranks_of("pilot", "种子", IDENTITIES).tolist() == [rank(identity) for identity in IDENTITIES]


def test_ranks_are_spread_evenly() -> None:
    tenths = [0] * 10
    for rank in map(ranker("split", "a"), IDENTITIES):
        tenths[int(share_of(rank) * 10)] += 1
    assert all(900 < count < 1100 for count in tenths)


def test_another_seed_or_purpose_is_another_order() -> None:
    orders = [sorted(IDENTITIES, key=ranker(*of)) for of in (("pilot", "a"), ("pilot", "b"), ("split", "a"))]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert len({*orders[first][:1000]} & {*orders[second][:1000]}) < 200


def test_who_stays_is_taken_again() -> None:
    """After 5 % of the records are deleted, the sample is the old one without them, filled up from behind."""
    rank = ranker("pilot", "seed")
    before = sorted(IDENTITIES, key=rank)[:1000]
    left = [identity for number, identity in enumerate(IDENTITIES) if number % 20]
    after = sorted(left, key=rank)[:1000]
    assert {*before} & {*left} <= {*after}
