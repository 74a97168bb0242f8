"""How the datasets of a block are shared among processes."""

from pathlib import Path

import pytest

from cdisckit.blocks import account_for_block, plan_tasks, run_task
from cdisckit.findings import collect_findings
from cdisckit.study import load_study
from raw import RawStore, fill_store

INFUSION = Path(__file__).parents[1] / "data" / "infusion"


@pytest.fixture(scope="module")
def study():
    return load_study("bat4706_bat1308")


def store_of(folder, blocks, **records):
    return RawStore(folder, blocks, {}, records)


@pytest.mark.parametrize(("blocks", "jobs", "tasks"), [(1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 2, 3), (2, 5, 4)])
def test_blocks_are_shared_only_where_there_are_more_processes(study, tmp_path, blocks, jobs, tasks):
    assert len(plan_tasks(study, store_of(tmp_path, blocks), study.order(), jobs)) == tasks


@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
def test_every_dataset_is_kept_once_a_block(study, tmp_path, jobs):
    tasks = plan_tasks(study, store_of(tmp_path, 1, LAB=25_000), study.order(), jobs)
    in_blocks = sorted(made.name for made in study.order() if made.scope != "whole")
    assert sorted(name for task in tasks for name in task.kept) == in_blocks
    assert [task.first for task in tasks] == [True, *[False] * (len(tasks) - 1)]


def test_a_dataset_of_many_records_has_a_process_for_itself(study, tmp_path):
    one, other = plan_tasks(study, store_of(tmp_path, 1, LAB=10_000_000), study.order(("LB", "VS", "PE", "EG")), 2)
    large = one if "LB" in one.kept else other
    assert {"VS", "PE", "EG"}.isdisjoint(large.kept)


def test_a_task_that_is_alone_keeps_no_record_ids_and_tasks_that_share_a_block_give_the_same_account(tmp_path):
    study, raw = load_study(str(INFUSION)), INFUSION / "raw"
    with collect_findings():
        store = fill_store(study.specs, raw, tmp_path / "store")
        made = {jobs: [run_task(study, store, task, tmp_path / str(jobs), lambda _name: None)
                       for task in plan_tasks(study, store, study.order(), jobs)] for jobs in (1, 3)}
    alone, = made[1]
    assert (alone.records, alone.mapped, alone.drops) == ({}, {}, {})
    assert len(made[3]) == 3 and account_for_block(study, store, made[3]) == alone.account
    assert sum(form.read for form in alone.account) > sum(form.mapped for form in alone.account) > 0
