# next.sed: headers of src --> those of a scow of the next format, for versions.t: other numbers, other
# layouts where link.h and ctl.h allow it, and a verb more.
s/MONITOR_FORMAT = 1 /MONITOR_FORMAT = 2 /
s/RECORD_FORMAT = 1 /RECORD_FORMAT = 2 /
s/LINK_RUN = 1,/LINK_RUN = 20,/
/^struct link_msg {/a char of_next[96];
s/^	CTL_VERBS$/	CTL_OF_NEXT, CTL_VERBS/
/^	int64_t timeout_ms;/a int64_t of_next;
/^	struct err err;/a char behind_err[96];
/^struct plan {/a int64_t of_next;
