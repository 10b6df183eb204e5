"""Asks the Python project what it decides. One JSON line in for each project, one out."""

import json
import sys
from datetime import UTC, datetime

from agent_safe.models import AgentIdentity, DelegationLink
from agent_safe.sdk.client import AgentSafe


def caller_of(given):
    if given is None or isinstance(given, str):
        return given
    now = datetime(2026, 1, 1, tzinfo=UTC)
    chain = [DelegationLink(agent_id=i, delegated_at=now) for i in given.get("chain", [])]
    return AgentIdentity(
        agent_id=given["id"],
        roles=given.get("roles", []),
        groups=given.get("groups", []),
        delegation_chain=chain,
        delegation_depth=given.get("depth", len(chain)),
    )


def answer(safe, request):
    try:
        made = safe.check(
            action=request["action"],
            target=request.get("target"),
            caller=caller_of(request.get("caller")),
            params=request.get("params"),
            timestamp=datetime.fromisoformat(request["time"]) if "time" in request else None,
            ticket_id=request.get("ticket"),
        )
    except Exception as error:  # what it raises is an answer too
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    out = [made.result.value, made.policy_matched, made.risk_class.value, made.effective_risk.value]
    if made.cumulative_risk_score is not None:
        escalated = made.escalated_from.value if made.escalated_from else None
        out += [made.cumulative_risk_score, made.cumulative_risk_class.value, escalated]
    return out


def run(job):
    base = job["dir"]
    try:
        safe = AgentSafe(config=f"{base}/agent-safe.yaml", auto_discover=False)
    except Exception as error:
        return {"loadError": f"{type(error).__name__}: {error}"[:300]}
    clock = [0.0]
    for limited in (safe._rate_limiter, safe._risk_tracker):
        if limited is not None:
            limited._clock = lambda: clock[0]
    answers = []
    for request in job["requests"]:
        clock[0] = request.get("clock", 0) / 1000
        answers.append(answer(safe, request))
    return {"answers": answers}


for line in sys.stdin:
    sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
    sys.stdout.flush()
