"""A few hundred hostile requests and odd files over every endpoint: each is answered with a result or a sentence.

`python -m tests.fuzz --count 10000` goes on for as long as one likes, with a studio of its own.
"""

from concurrent.futures import ThreadPoolExecutor

from tests.fuzz.client import Client

SEED, COUNT, GOOD = 1, 300, {"result", "sentence", "left out"}


def test_whatever_is_sent_a_result_or_a_sentence_comes_back(app_url):
    client = Client(app_url, SEED)
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(client.one, range(COUNT)))
    failed = [(number, *answer) for number, answer in enumerate(answers) if answer[0] not in GOOD]
    assert not failed, f"python -m tests.fuzz --seed {SEED} --only {failed[0][0]}: {failed}"
    assert {answer[0] for answer in answers} >= {"result", "sentence"}
    assert client.works()[0] == "result"  # and does not turn everybody away with a sentence
