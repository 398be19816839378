"""The whole way once: pairs, training, test, conversion of a file, pictures and a report."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mmlandmark.annotations.writer import write_bytes, write_json
from mmlandmark.apis.convert import Converter, convert_file
from mmlandmark.apis.demo_pairs import PairTask, make_task, read_task, source_document
from mmlandmark.apis.demo_report import (
    Method,
    chosen_cases,
    comparison_table,
    draw_cases,
    write_demo_report,
)
from mmlandmark.apis.demo_training import Trained, demo_config, evaluate, train
from mmlandmark.apis.inferencer import LandmarkConverterInferencer
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.schemas import find_mapping
from mmlandmark.synthetic.pair_file import file_name
from mmlandmark.visualization.pictures import PictureFolders, write_picture

MANIFEST = '.mmlandmark-demo'  # marks a folder as the demo's own
ENTRIES = (
    'affine',
    'learned',
    'data',
    'converted',
    'images',
    'pictures',
    'report.html',
    'results.json',
    'log.txt',
)


@dataclass(frozen=True)
class DemoOptions:
    """What the demo does.

    Args:
        data: A file of pairs; None: synthetic faces are made.
        work_dir: The demo's folder; what an earlier demo left there is replaced.
        images: Folder of the pictures; None: the folder of ``data`` or ``images`` in it.
        epochs: Of the training.
        faces: How many synthetic faces.
        cases: Pictures of each kind: worst, median, best.
    """

    data: str | None = None
    work_dir: str = 'work_dirs/demo'
    images: str | None = None
    epochs: int = 60
    faces: int = 3000  # enough for a network, so that no time goes into asking whether there are
    cases: int = 2


@dataclass
class _Stage:
    """Says what is being done and how long it took."""

    console: Console = field(default_factory=lambda: Console(stderr=True))

    def run(self, text: str, action: Any) -> Any:
        columns = (SpinnerColumn(finished_text='-'), TextColumn('{task.description}'))
        with Progress(
            *columns,
            TimeElapsedColumn(),
            console=self.console,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            task = bar.add_task(text, total=1)

            def progress(done: int, count: int) -> None:
                bar.update(task, description=f'{text}: epoch {done} of {count}')

            result = action(progress)
            bar.update(task, description=text, completed=1)
        return result


def run_demo(options: DemoOptions) -> str:
    """Run the demo and return what it has to say: the table, its notes, and where things lie.

    Raises:
        LandmarkError: The options or the file of pairs are wrong, or the folder is not a demo's.
    """
    if options.epochs < 1 or options.cases < 1:
        raise LandmarkError(
            f'epochs is {options.epochs} and cases {options.cases}; expected at least 1'
        )
    start = time.perf_counter()
    folder, stage = _claim(options), _Stage()
    task = _prepare(options, folder, stage)
    affine, learned = (
        stage.run(
            f'training {name}',
            lambda progress, name=name, part=part: train(
                demo_config(name, task, folder / part, options.epochs), folder / 'log.txt', progress
            ),
        )
        for name, part in (('affine', 'affine'), ('residual', 'learned'))
    )
    comparison = stage.run('testing', lambda _: evaluate(learned, folder / 'log.txt'))
    methods = stage.run('converting', lambda _: _convert_all(folder, task, affine, learned))
    cases = chosen_cases(methods[-1], task, options.cases)
    pictures = _pictures(options, folder, task, [case.row for case in cases])
    drawn = stage.run('drawing', lambda _: draw_cases(cases, methods[-1], task, pictures))
    for case, picture in zip(cases, drawn, strict=True):
        write_picture(folder / 'pictures' / f'{case.name}.jpg', picture)
    table = comparison_table(comparison, methods)
    write_json(
        folder / 'results.json',
        {'comparison': comparison, 'rows': table.rows, 'notes': table.notes},
    )
    write_demo_report(
        folder / 'report.html', task, methods, table, list(zip(cases, drawn, strict=True)), learned
    )
    return '\n'.join(
        [
            render_table(table.rows),
            *table.notes,
            f'report    {folder / "report.html"}',
            f'pictures  {folder / "pictures"}: {pictures.summary(len(drawn))}',
            f'converted {folder / "converted" / "learned.json"}',
            f'{"synthetic faces; " if task.faces else ""}the whole demo took '
            f'{time.perf_counter() - start:.0f} s',
        ]
    )


def _claim(options: DemoOptions) -> Path:
    """Empty the folder of what an earlier demo left, and of nothing else."""
    folder = Path(options.work_dir)
    for given in (options.data, options.images):
        if given is not None and folder.resolve() in Path(given).resolve().parents:
            raise LandmarkError(
                f'{given}: lies in {folder}, which the demo replaces; copy it elsewhere first'
            )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise LandmarkError(f'{folder}: is not empty and not of an earlier demo; nothing was done')
    os.makedirs(folder, exist_ok=True)
    write_bytes(folder / MANIFEST, orjson.dumps(ENTRIES))
    for entry in ENTRIES:
        path = folder / entry
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    for name in ('data', 'converted', 'pictures'):
        (folder / name).mkdir()
    return folder


def _prepare(options: DemoOptions, folder: Path, stage: _Stage) -> PairTask:
    if options.data is not None:
        return stage.run(f'reading {options.data}', lambda _: read_task(options.data))
    text = f'making {options.faces} synthetic faces'
    return stage.run(text, lambda _: make_task(folder / 'data' / 'pairs.json', options.faces))


def _convert_all(folder: Path, task: PairTask, affine: Trained, learned: Trained) -> list[Method]:
    """Convert the test part's source points by every method, as a user converts a file."""
    source = folder / 'data' / 'test_source.json'
    write_json(source, source_document(task))
    mapping = find_mapping(task.source, task.target)
    converters: list[tuple[str, str, Converter, float | None]] = [
        ('affine', 'affine', LandmarkConverterInferencer(affine.checkpoint), affine.seconds),
        ('model', 'learned', LandmarkConverterInferencer(learned.checkpoint), learned.seconds),
    ]
    if mapping is not None:
        converters.insert(0, ('mapping', 'hand-made map', mapping, None))
    methods = []
    for key, label, converter, seconds in converters:
        out = folder / 'converted' / f'{label.replace(" ", "_")}.json'
        start = time.perf_counter()
        report = convert_file(converter, source, out)
        took = time.perf_counter() - start
        methods.append(Method(key, label, converter, seconds, took, report, out))
    return methods


def _pictures(
    options: DemoOptions, folder: Path, task: PairTask, rows: list[int]
) -> PictureFolders:
    if task.faces is not None:
        # Only what is shown is drawn: a picture takes longer than converting its points.
        from mmlandmark.synthetic.render import render_face

        (folder / 'images').mkdir()
        for image_id in task.test.image_ids[rows].tolist():
            picture = render_face(task.faces, image_id - 1)
            write_picture(folder / 'images' / file_name(image_id), picture)
        return PictureFolders([folder / 'images'])
    if options.images is not None:
        return PictureFolders([options.images])
    return PictureFolders.beside(task.ann_file)
