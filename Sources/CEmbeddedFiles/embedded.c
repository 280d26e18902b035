// Needs a compiler with #embed (C23; Clang 19 and newer, which Swift 6.2 brings).
#include "CEmbeddedFiles.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char contract[] = {
#embed "../../openapi.yaml"
};
const holdfast_file holdfast_contract = {"openapi.yaml", contract, sizeof contract};

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
static const unsigned char m0013[] = {
#embed "../../Migrations/0013_bound_decay_of_sales.sql"
};

#define FILE_OF(array, name) {name, array, sizeof array}
static const holdfast_file migrations[] = {
    FILE_OF(m0001, "0001_create_catalog.sql"),
    FILE_OF(m0002, "0002_create_ledger.sql"),
    FILE_OF(m0003, "0003_create_counts.sql"),
    FILE_OF(m0004, "0004_create_reservations.sql"),
    FILE_OF(m0005, "0005_create_exceptions.sql"),
    FILE_OF(m0006, "0006_create_stock_rules.sql"),
    FILE_OF(m0007, "0007_create_availability_functions.sql"),
    FILE_OF(m0008, "0008_create_transfers_and_supply.sql"),
    FILE_OF(m0009, "0009_create_imports.sql"),
    FILE_OF(m0010, "0010_create_reconciliation.sql"),
    FILE_OF(m0011, "0011_create_silence.sql"),
    FILE_OF(m0013, "0013_bound_decay_of_sales.sql"),
};
const holdfast_file *const holdfast_migrations = migrations;
const size_t holdfast_migration_count = sizeof migrations / sizeof migrations[0];
