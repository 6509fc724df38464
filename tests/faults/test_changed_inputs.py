"""One line that names the file, or an output that is wholly of the old or wholly of the new input;
never a mixture, never a death by SIGBUS."""

from __future__ import annotations

import os
import random

import changed_inputs
import pytest
import verbs

SEED = int(os.environ.get("SPLITSCOPE_FAULTS_SEED", random.SystemRandom().randrange(1 << 32)))
OF_EACH = int(os.environ.get("SPLITSCOPE_FAULTS_CHANGES", "1"))


@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
@pytest.mark.parametrize("verb", changed_inputs.VERBS)
def test_an_input_that_changes_while_it_is_read(box, verb, strategy):
    rng = random.Random(f"{SEED} {verb} {strategy}")
    changer = changed_inputs.Changer(box, verbs.named(verb), strategy)
    cases = changer.cases(rng, OF_EACH)
    bad = [f"{case}: {problem}" for case in cases for problem in changer.run(case)]
    print(f"changed inputs: {verb} {strategy}: {len(cases)} tried, {len(bad)} bad, seed {SEED}")
    assert bad == [], f"seed {SEED}, {len(bad)} of {len(cases)}:\n" + "\n".join(bad)
