"""The sections of launches in a suggested mapping, and the line that names the launch of a lead."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .launch_proposals import LaunchProposal
from .suggestion_text import UNSURE, render_doubt, render_note, render_toml
from .type_inference import infer_time_format, infer_unix_divisor, list_distinct


def render_launches(proposal: LaunchProposal) -> str:
    """Return the sections of launches."""
    lines = render_doubt(f"no file holds launches. These are made of {proposal.reason}: correct their times")
    for launch in proposal.launches:
        strategy = "classic" if launch.horizon_days is None else "perpetual"
        for doubt in launch.doubts:
            lines += render_doubt(doubt)
        lines += ["[[launches]]", f"launch_id = {render_toml(launch.name)}", f'strategy = "{strategy}"']
        lines += [f"product_id = {render_toml(launch.product)}"] if launch.product else []
        lines += [f"{name} = {at:%Y-%m-%dT%H:%M:%S}" for name, at in launch.times.items()]
        lines += [f"horizon_days = {launch.horizon_days}"] if launch.horizon_days is not None else []
        lines.append("")
    return "\n".join(lines)


def render_launch_id(proposal: LaunchProposal) -> list[str]:
    """Return the lines of the launch that a row of leads names."""
    if not proposal.launch_id:
        return []
    return [*render_note(proposal.known), f"launch_id = {render_toml(proposal.launch_id)}"]


def render_example_launch(times: Sequence[Sequence[str]]) -> str:
    """Return an example of a launch, in the last week of columns of times, to be replaced."""
    days = [day for column in times for day in _parse_days(column)]
    last = max(days, default=datetime(2024, 1, 8)).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ001
    return (
        f"{UNSURE}no file holds launches. This one is an example: write yours, one [[launches]] each\n"
        f'[[launches]]\nlaunch_id = "example"\nstrategy = "classic"\n'
        f"cart_opens_at = {last - timedelta(days=7):%Y-%m-%d}\ncart_closes_at = {last:%Y-%m-%d}\n"
    )


def _parse_days(sample: Sequence[str]) -> list[datetime]:
    values = list_distinct(sample)
    inferred, divisor = infer_time_format(values), infer_unix_divisor(values)
    if divisor:
        return [datetime.fromtimestamp(int(value) / divisor) for value in values]  # noqa: DTZ006  (a day is enough)
    days = []
    for value in values if inferred else []:
        pattern, text = (inferred.format, value) if inferred and inferred.format else ("%Y-%m-%d", value[:10])
        try:
            days.append(datetime.strptime(text, pattern).replace(tzinfo=None))  # noqa: DTZ007
        except ValueError:
            continue
    return days
