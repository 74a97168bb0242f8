"""RELREC of BAT4706-1308: what was done about adverse events, doses, and tumours with their responses."""

from cdisckit.graph import dataset
from sdtm.relrec import collect_relations, relate_datasets, relate_events


@dataset
def relrec(ae, cm, pr, ec, ex, ds, dd, tu, tr, rs, study):
    given = ec[ec["ECMOOD"] == "PERFORMED"]
    cause = ex["_record"].map(given.set_index("_record")["ECAENO"]).astype("str").fillna("")
    return collect_relations([
        relate_events(ae, cm, "CM", "CMAENO"),                        # medication that treats an event
        relate_events(ae, pr, "PR", "PRAENO"),                        # procedure for an event
        relate_events(ae, given, "EC", "ECAENO"),                     # dose that an event changed
        relate_events(ae, ex.assign(ECAENO=cause), "EX", "ECAENO"),
        relate_events(ae, ds, "DS", "EOTAENO"),                       # event that ended treatment
        relate_events(ae, dd, "DD", "DTHAENO"),                       # event of which the subject died
        relate_datasets("LNKID", "EC", "EX", ("MANY", "MANY")),       # a dose: prescribed, given, its intervals
        relate_datasets("LNKID", "TU", "TR", ("ONE", "MANY")),        # a lesion and its assessments
        relate_datasets("GRPID", "PC", "PP", ("MANY", "MANY")),       # the samples of a dose and their parameters
        relate_datasets("LNKGRP", "TR", "RS", ("MANY", "MANY")),      # an assessment and its responses
    ], study)
