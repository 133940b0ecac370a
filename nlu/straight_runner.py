"""Runs Rasa's graph of components one after the other, in an order that is found once.

Rasa plans the graph anew for every message, with a library made for many machines, and writes each
message out for a log that nobody keeps: together a tenth of a turn. What the components do is the
same. Only for serving; Rasa trains with its own.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner


class _Step(NamedTuple):
    name: str
    node: GraphNode
    needs: list[str]  # steps before it, or inputs


class StraightRunner(DaskGraphRunner):
    """Takes the place of Rasa's runner, with the components that it has already loaded."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self.__dict__.update(loaded.__dict__)
        self._plans: dict[tuple[str, ...], list[_Step]] = {}

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The outputs of the targets, by their names."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = list(self._plan(wanted))
        found = {name: (name, value) for name, value in (inputs or {}).items()}
        for step in self._plans[wanted]:
            found[step.name] = step.node(*(found.get(name, name) for name in step.needs))
        return dict(found[name] for name in wanted)

    def _plan(self, targets: tuple[str, ...]) -> Iterator[_Step]:
        """Every step that the targets need, each after those that it needs itself."""
        waiting = dict(self._graph_schema.minimal_graph_schema(list(targets)).nodes)
        while waiting:
            needed = {name: list(node.needs.values()) for name, node in waiting.items()}
            ready = [name for name, needs in needed.items() if waiting.keys().isdisjoint(needs)]
            if not ready:
                raise ValueError("the components of the model wait for one another")
            for name in ready:
                del waiting[name]
                yield _Step(name, self._instantiated_nodes[name], needed[name])
