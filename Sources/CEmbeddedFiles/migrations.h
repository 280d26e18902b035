// The files of Migrations, listed by `make schema`. Do not edit.
static const unsigned char m0001[] = {
#embed "../../Migrations/0001_create_catalog.sql"
};
static const unsigned char m0002[] = {
#embed "../../Migrations/0002_create_ledger.sql"
};
static const unsigned char m0003[] = {
#embed "../../Migrations/0003_create_counts.sql"
};
static const unsigned char m0004[] = {
#embed "../../Migrations/0004_create_reservations.sql"
};
static const unsigned char m0005[] = {
#embed "../../Migrations/0005_create_exceptions.sql"
};
static const unsigned char m0006[] = {
#embed "../../Migrations/0006_create_stock_rules.sql"
};
static const unsigned char m0007[] = {
#embed "../../Migrations/0007_create_availability_functions.sql"
};
static const unsigned char m0008[] = {
#embed "../../Migrations/0008_create_transfers_and_supply.sql"
};
static const unsigned char m0009[] = {
#embed "../../Migrations/0009_create_imports.sql"
};
static const unsigned char m0010[] = {
#embed "../../Migrations/0010_create_reconciliation.sql"
};
static const unsigned char m0011[] = {
#embed "../../Migrations/0011_create_silence.sql"
};
static const unsigned char m0012[] = {
#embed "../../Migrations/0012_create_access.sql"
};
static const unsigned char m0013[] = {
#embed "../../Migrations/0013_create_audit.sql"
};
static const unsigned char m0014[] = {
#embed "../../Migrations/0014_create_feed.sql"
};
static const unsigned char m0015[] = {
#embed "../../Migrations/0015_create_webhooks.sql"
};
static const unsigned char m0016[] = {
#embed "../../Migrations/0016_create_feeds.sql"
};
static const unsigned char m0017[] = {
#embed "../../Migrations/0017_create_kafka.sql"
};
static const unsigned char m0018[] = {
#embed "../../Migrations/0018_create_import_reading.sql"
};
static const unsigned char m0019[] = {
#embed "../../Migrations/0019_add_reservation_attributes.sql"
};
static const unsigned char m0020[] = {
#embed "../../Migrations/0020_describe_items_and_hear_sources.sql"
};
static const unsigned char m0021[] = {
#embed "../../Migrations/0021_create_import_figures.sql"
};
static const unsigned char m0022[] = {
#embed "../../Migrations/0022_schedule_stock_rules.sql"
};
static const unsigned char m0023[] = {
#embed "../../Migrations/0023_find_ledger_lines.sql"
};
static const unsigned char m0024[] = {
#embed "../../Migrations/0024_trace_daily_figures.sql"
};
static const unsigned char m0025[] = {
#embed "../../Migrations/0025_know_rejected_lines.sql"
};
static const unsigned char m0026[] = {
#embed "../../Migrations/0026_note_labels.sql"
};
static const unsigned char m0027[] = {
#embed "../../Migrations/0027_keep_proofs.sql"
};
static const unsigned char m0028[] = {
#embed "../../Migrations/0028_read_rules_of_many.sql"
};
static const unsigned char m0029[] = {
#embed "../../Migrations/0029_know_requests_for_secrets.sql"
};
static const unsigned char m0030[] = {
#embed "../../Migrations/0030_scan_groups.sql"
};
static const unsigned char m0031[] = {
#embed "../../Migrations/0031_merge_units_sold.sql"
};
static const unsigned char m0032[] = {
#embed "../../Migrations/0032_read_at_one_instant.sql"
};
static const unsigned char m0033[] = {
#embed "../../Migrations/0033_know_decisions.sql"
};
static const unsigned char m0034[] = {
#embed "../../Migrations/0034_decide_in_turn.sql"
};
static const unsigned char m0035[] = {
#embed "../../Migrations/0035_correct_what_was_compared.sql"
};
static const holdfast_file migrations[] = {
    {"0001_create_catalog.sql", m0001, sizeof m0001},
    {"0002_create_ledger.sql", m0002, sizeof m0002},
    {"0003_create_counts.sql", m0003, sizeof m0003},
    {"0004_create_reservations.sql", m0004, sizeof m0004},
    {"0005_create_exceptions.sql", m0005, sizeof m0005},
    {"0006_create_stock_rules.sql", m0006, sizeof m0006},
    {"0007_create_availability_functions.sql", m0007, sizeof m0007},
    {"0008_create_transfers_and_supply.sql", m0008, sizeof m0008},
    {"0009_create_imports.sql", m0009, sizeof m0009},
    {"0010_create_reconciliation.sql", m0010, sizeof m0010},
    {"0011_create_silence.sql", m0011, sizeof m0011},
    {"0012_create_access.sql", m0012, sizeof m0012},
    {"0013_create_audit.sql", m0013, sizeof m0013},
    {"0014_create_feed.sql", m0014, sizeof m0014},
    {"0015_create_webhooks.sql", m0015, sizeof m0015},
    {"0016_create_feeds.sql", m0016, sizeof m0016},
    {"0017_create_kafka.sql", m0017, sizeof m0017},
    {"0018_create_import_reading.sql", m0018, sizeof m0018},
    {"0019_add_reservation_attributes.sql", m0019, sizeof m0019},
    {"0020_describe_items_and_hear_sources.sql", m0020, sizeof m0020},
    {"0021_create_import_figures.sql", m0021, sizeof m0021},
    {"0022_schedule_stock_rules.sql", m0022, sizeof m0022},
    {"0023_find_ledger_lines.sql", m0023, sizeof m0023},
    {"0024_trace_daily_figures.sql", m0024, sizeof m0024},
    {"0025_know_rejected_lines.sql", m0025, sizeof m0025},
    {"0026_note_labels.sql", m0026, sizeof m0026},
    {"0027_keep_proofs.sql", m0027, sizeof m0027},
    {"0028_read_rules_of_many.sql", m0028, sizeof m0028},
    {"0029_know_requests_for_secrets.sql", m0029, sizeof m0029},
    {"0030_scan_groups.sql", m0030, sizeof m0030},
    {"0031_merge_units_sold.sql", m0031, sizeof m0031},
    {"0032_read_at_one_instant.sql", m0032, sizeof m0032},
    {"0033_know_decisions.sql", m0033, sizeof m0033},
    {"0034_decide_in_turn.sql", m0034, sizeof m0034},
    {"0035_correct_what_was_compared.sql", m0035, sizeof m0035},
};
