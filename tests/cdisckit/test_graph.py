"""A dataset is a function: its name is the dataset, its parameters are what it needs, and the order follows."""

from inspect import Parameter, Signature
from types import ModuleType

import pytest

from cdisckit.errors import SpecError
from cdisckit.graph import Dataset, dataset, find_datasets, order_datasets


def module(name, **needs):
    """A module with a dataset function for each NAME="its parameters"; names in t are about the study (ta, te), names
    in w over all subjects (wtab).
    """
    made = ModuleType(name)
    for dataset_name, parameters in needs.items():
        def function(*_):
            """A dataset."""

        function.__name__, function.__module__ = dataset_name, name
        function.__signature__ = Signature([Parameter(word, Parameter.POSITIONAL_ONLY) for word in parameters.split()])
        scope = {"t": "study", "w": "whole"}.get(dataset_name[0], "subject")
        setattr(made, dataset_name, dataset(scope=scope)(function))
    return made


def graph(**needs):
    return find_datasets([module("m", **needs)])


def order(datasets, *only):
    return " ".join(made.name for made in order_datasets(datasets, only))


def test_the_name_of_the_function_is_the_dataset_and_its_parameters_are_its_needs():
    made = graph(ae="raw dm se spec study")["AE"]
    assert (made.name, made.scope, made.parameters, made.needs) == (
        "AE", "subject", ("raw", "dm", "se", "spec", "study"), ("DM", "SE"))
    assert made.where == f"{__file__}:{made.function.__code__.co_firstlineno}"


def test_a_dataset_whose_name_python_keeps_for_itself_is_written_with_an_underscore():
    assert order(graph(adab="is_", is_="dm", dm="raw")) == "DM IS ADAB"


@pytest.mark.parametrize(("needs", "expected"), [
    ({"ae": "raw dm se", "dm": "raw", "se": "raw dm"}, "DM SE AE"),
    ({"se": "dm", "dm": "raw", "ae": "se dm"}, "DM SE AE"),
    ({"adae": "ae adsl", "adsl": "dm ds", "ae": "dm", "ds": "dm", "dm": "raw"}, "DM AE DS ADSL ADAE"),
    ({"b": "raw", "a": "raw"}, "A B"),
    ({}, ""),
])
def test_each_dataset_comes_after_what_it_needs_whatever_the_order_they_are_found_in(needs, expected):
    assert order(graph(**needs)) == expected


@pytest.mark.parametrize(("only", "expected"), [
    (["ae"], "DM SE AE"), (["adae"], "DM SE AE ADAE"), (["SE"], "DM SE"), (["dm"], "DM"), (["se", "vs"], "DM SE VS"), ([], "DM SE VS AE ADAE")])
def test_only_takes_what_it_names_and_what_that_needs(only, expected):
    datasets = graph(adae="ae", ae="dm se", vs="dm", se="dm", dm="raw")
    assert order(datasets, *only) == expected


def test_an_unknown_name_in_only_is_told_with_the_near_one_and_all_there_are():
    with pytest.raises(SpecError) as error:
        order(graph(adae="raw", adsl="raw"), "ADAA")
    assert str(error.value) == "there is no dataset ADAA; did you mean ADAE?\n  - ADAE\n  - ADSL"


@pytest.mark.parametrize(("parameter", "near"), [("dmm", "; did you mean dm?"), ("specs", "; did you mean spec?"),
                                                 ("rawe", "; did you mean raw?"), ("xyz", "")])
def test_a_parameter_that_is_no_dataset_is_told_with_the_near_one_and_the_place(parameter, near):
    datasets = graph(dm="raw", ae=f"raw {parameter}")
    with pytest.raises(SpecError) as error:
        order(datasets)
    assert str(error.value) == "\n".join([
        f"AE needs {parameter.upper()}, which the study does not make{near}", f"  at {datasets['AE'].where}",
        f"  fix: rename the parameter, or specify {parameter.upper()} and write its function {parameter}"])


@pytest.mark.parametrize(("needs", "circles"), [
    ({"ae": "ae"}, ["AE <- AE"]),
    ({"ae": "dm", "dm": "ae"}, ["AE <- DM <- AE", "DM <- AE <- DM"]),
    ({"ae": "dm", "dm": "se", "se": "ae", "vs": "ae"}, ["AE <- DM <- SE <- AE", "DM <- SE <- AE <- DM",
                                                         "SE <- AE <- DM <- SE"]),
])
def test_a_circle_is_told_as_who_is_made_from_whom(needs, circles):
    with pytest.raises(SpecError) as error:
        order(graph(**needs))
    assert error.value.what in [f"datasets need each other in a circle: {circle}" for circle in circles]
    assert error.value.fix == "derive one of them from raw"


def test_a_dataset_about_the_study_needs_none_about_subjects():
    assert order(graph(ta="study", te="ta", dm="raw")) == "DM TA TE"
    assert order(graph(ta="study", dm="ta")) == "TA DM"
    with pytest.raises(SpecError, match="TA is about the study and needs DM, which is about subjects\n  at "):
        order(graph(ta="dm", dm="raw"))


def test_what_is_made_over_all_subjects_comes_last_and_nothing_of_a_block_needs_it():
    assert order(graph(wtab="addlt", addlt="raw")) == "ADDLT WTAB"
    with pytest.raises(SpecError, match="ADDLT is made block by block and needs WTAB, which is made after the last"):
        order(graph(wtab="raw", addlt="wtab"))


def test_any_other_scope_is_refused():
    with pytest.raises(SpecError, match="a dataset's scope is subject or study or whole, not 'studies'; did you mean study?"):
        dataset(scope="studies")


def test_the_study_s_function_takes_the_place_of_the_library_s():
    library, study = module("sdtm.ae", ae="raw"), module("studies.x.ae", ae="dm")
    assert find_datasets([library, study])["AE"].needs == ("DM",)
    assert find_datasets([study, library])["AE"].needs == ()


def test_a_dataset_function_that_a_module_only_imports_is_not_its_own():
    library, other = module("sdtm.ae", ae="raw"), module("studies.x.dm", dm="raw")
    other.ae = library.ae
    assert list(find_datasets([other])) == ["DM"]


def test_a_marked_function_is_called_as_before():
    @dataset
    def dm(raw):
        return raw + 1

    assert dm(1) == 2
    assert isinstance(dm.__dataset__, Dataset)
