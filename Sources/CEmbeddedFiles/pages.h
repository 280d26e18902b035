// The files of Pages, listed by `make pages`. Do not edit.
static const unsigned char p0[] = {
#embed "../../Pages/console.html"
};
static const unsigned char p1[] = {
#embed "../../Pages/css/base.css"
};
static const unsigned char p2[] = {
#embed "../../Pages/css/console.css"
};
static const unsigned char p3[] = {
#embed "../../Pages/css/home.css"
};
static const unsigned char p4[] = {
#embed "../../Pages/css/store.css"
};
static const unsigned char p5[] = {
#embed "../../Pages/icon.svg"
};
static const unsigned char p6[] = {
#embed "../../Pages/icons/arrived.svg"
};
static const unsigned char p7[] = {
#embed "../../Pages/icons/count.svg"
};
static const unsigned char p8[] = {
#embed "../../Pages/icons/find.svg"
};
static const unsigned char p9[] = {
#embed "../../Pages/icons/late.svg"
};
static const unsigned char p10[] = {
#embed "../../Pages/icons/pick.svg"
};
static const unsigned char p11[] = {
#embed "../../Pages/icons/ready.svg"
};
static const unsigned char p12[] = {
#embed "../../Pages/index.html"
};
static const unsigned char p13[] = {
#embed "../../Pages/js/api.js"
};
static const unsigned char p14[] = {
#embed "../../Pages/js/console/about.js"
};
static const unsigned char p15[] = {
#embed "../../Pages/js/console/audit.js"
};
static const unsigned char p16[] = {
#embed "../../Pages/js/console/balance.js"
};
static const unsigned char p17[] = {
#embed "../../Pages/js/console/button.js"
};
static const unsigned char p18[] = {
#embed "../../Pages/js/console/counts.js"
};
static const unsigned char p19[] = {
#embed "../../Pages/js/console/exception.js"
};
static const unsigned char p20[] = {
#embed "../../Pages/js/console/exceptions.js"
};
static const unsigned char p21[] = {
#embed "../../Pages/js/console/find.js"
};
static const unsigned char p22[] = {
#embed "../../Pages/js/console/history.js"
};
static const unsigned char p23[] = {
#embed "../../Pages/js/console/import.js"
};
static const unsigned char p24[] = {
#embed "../../Pages/js/console/imports.js"
};
static const unsigned char p25[] = {
#embed "../../Pages/js/console/item.js"
};
static const unsigned char p26[] = {
#embed "../../Pages/js/console/keys.js"
};
static const unsigned char p27[] = {
#embed "../../Pages/js/console/ledger.js"
};
static const unsigned char p28[] = {
#embed "../../Pages/js/console/list.js"
};
static const unsigned char p29[] = {
#embed "../../Pages/js/console/live.js"
};
static const unsigned char p30[] = {
#embed "../../Pages/js/console/main.js"
};
static const unsigned char p31[] = {
#embed "../../Pages/js/console/map.js"
};
static const unsigned char p32[] = {
#embed "../../Pages/js/console/overview.js"
};
static const unsigned char p33[] = {
#embed "../../Pages/js/console/places.js"
};
static const unsigned char p34[] = {
#embed "../../Pages/js/console/promise.js"
};
static const unsigned char p35[] = {
#embed "../../Pages/js/console/promises.js"
};
static const unsigned char p36[] = {
#embed "../../Pages/js/console/proof.js"
};
static const unsigned char p37[] = {
#embed "../../Pages/js/console/reconciliation.js"
};
static const unsigned char p38[] = {
#embed "../../Pages/js/console/reconciliations.js"
};
static const unsigned char p39[] = {
#embed "../../Pages/js/console/router.js"
};
static const unsigned char p40[] = {
#embed "../../Pages/js/console/rule.js"
};
static const unsigned char p41[] = {
#embed "../../Pages/js/console/rules.js"
};
static const unsigned char p42[] = {
#embed "../../Pages/js/console/shadow.js"
};
static const unsigned char p43[] = {
#embed "../../Pages/js/console/showed.js"
};
static const unsigned char p44[] = {
#embed "../../Pages/js/console/store.js"
};
static const unsigned char p45[] = {
#embed "../../Pages/js/console/stores.js"
};
static const unsigned char p46[] = {
#embed "../../Pages/js/console/transfer.js"
};
static const unsigned char p47[] = {
#embed "../../Pages/js/console/transfers.js"
};
static const unsigned char p48[] = {
#embed "../../Pages/js/console/ui.js"
};
static const unsigned char p49[] = {
#embed "../../Pages/js/console/waterfall.js"
};
static const unsigned char p50[] = {
#embed "../../Pages/js/console/webhook.js"
};
static const unsigned char p51[] = {
#embed "../../Pages/js/console/webhooks.js"
};
static const unsigned char p52[] = {
#embed "../../Pages/js/console/words.js"
};
static const unsigned char p53[] = {
#embed "../../Pages/js/console/zone.js"
};
static const unsigned char p54[] = {
#embed "../../Pages/js/dom.js"
};
static const unsigned char p55[] = {
#embed "../../Pages/js/home.js"
};
static const unsigned char p56[] = {
#embed "../../Pages/js/page.js"
};
static const unsigned char p57[] = {
#embed "../../Pages/js/signin-page.js"
};
static const unsigned char p58[] = {
#embed "../../Pages/js/signin.js"
};
static const unsigned char p59[] = {
#embed "../../Pages/js/store/card.js"
};
static const unsigned char p60[] = {
#embed "../../Pages/js/store/count.js"
};
static const unsigned char p61[] = {
#embed "../../Pages/js/store/data.js"
};
static const unsigned char p62[] = {
#embed "../../Pages/js/store/db.js"
};
static const unsigned char p63[] = {
#embed "../../Pages/js/store/find.js"
};
static const unsigned char p64[] = {
#embed "../../Pages/js/store/main.js"
};
static const unsigned char p65[] = {
#embed "../../Pages/js/store/order.js"
};
static const unsigned char p66[] = {
#embed "../../Pages/js/store/orders.js"
};
static const unsigned char p67[] = {
#embed "../../Pages/js/store/outbox.js"
};
static const unsigned char p68[] = {
#embed "../../Pages/js/store/promise.js"
};
static const unsigned char p69[] = {
#embed "../../Pages/js/store/scan.js"
};
static const unsigned char p70[] = {
#embed "../../Pages/js/texts.js"
};
static const unsigned char p71[] = {
#embed "../../Pages/js/time.js"
};
static const unsigned char p72[] = {
#embed "../../Pages/signin.html"
};
static const unsigned char p73[] = {
#embed "../../Pages/store.html"
};
static const unsigned char p74[] = {
#embed "../../Pages/store.webmanifest"
};
static const unsigned char p75[] = {
#embed "../../Pages/texts/en-console-data.js"
};
static const unsigned char p76[] = {
#embed "../../Pages/texts/en-console-now.js"
};
static const unsigned char p77[] = {
#embed "../../Pages/texts/en-console-stock.js"
};
static const unsigned char p78[] = {
#embed "../../Pages/texts/en-console-values.js"
};
static const unsigned char p79[] = {
#embed "../../Pages/texts/en-console.js"
};
static const unsigned char p80[] = {
#embed "../../Pages/texts/en.js"
};
static const unsigned char p81[] = {
#embed "../../Pages/widget.js"
};
static const unsigned char p82[] = {
#embed "../../Pages/worker.js"
};
static const holdfast_file pages[] = {
    {"console.html", p0, sizeof p0},
    {"css/base.css", p1, sizeof p1},
    {"css/console.css", p2, sizeof p2},
    {"css/home.css", p3, sizeof p3},
    {"css/store.css", p4, sizeof p4},
    {"icon.svg", p5, sizeof p5},
    {"icons/arrived.svg", p6, sizeof p6},
    {"icons/count.svg", p7, sizeof p7},
    {"icons/find.svg", p8, sizeof p8},
    {"icons/late.svg", p9, sizeof p9},
    {"icons/pick.svg", p10, sizeof p10},
    {"icons/ready.svg", p11, sizeof p11},
    {"index.html", p12, sizeof p12},
    {"js/api.js", p13, sizeof p13},
    {"js/console/about.js", p14, sizeof p14},
    {"js/console/audit.js", p15, sizeof p15},
    {"js/console/balance.js", p16, sizeof p16},
    {"js/console/button.js", p17, sizeof p17},
    {"js/console/counts.js", p18, sizeof p18},
    {"js/console/exception.js", p19, sizeof p19},
    {"js/console/exceptions.js", p20, sizeof p20},
    {"js/console/find.js", p21, sizeof p21},
    {"js/console/history.js", p22, sizeof p22},
    {"js/console/import.js", p23, sizeof p23},
    {"js/console/imports.js", p24, sizeof p24},
    {"js/console/item.js", p25, sizeof p25},
    {"js/console/keys.js", p26, sizeof p26},
    {"js/console/ledger.js", p27, sizeof p27},
    {"js/console/list.js", p28, sizeof p28},
    {"js/console/live.js", p29, sizeof p29},
    {"js/console/main.js", p30, sizeof p30},
    {"js/console/map.js", p31, sizeof p31},
    {"js/console/overview.js", p32, sizeof p32},
    {"js/console/places.js", p33, sizeof p33},
    {"js/console/promise.js", p34, sizeof p34},
    {"js/console/promises.js", p35, sizeof p35},
    {"js/console/proof.js", p36, sizeof p36},
    {"js/console/reconciliation.js", p37, sizeof p37},
    {"js/console/reconciliations.js", p38, sizeof p38},
    {"js/console/router.js", p39, sizeof p39},
    {"js/console/rule.js", p40, sizeof p40},
    {"js/console/rules.js", p41, sizeof p41},
    {"js/console/shadow.js", p42, sizeof p42},
    {"js/console/showed.js", p43, sizeof p43},
    {"js/console/store.js", p44, sizeof p44},
    {"js/console/stores.js", p45, sizeof p45},
    {"js/console/transfer.js", p46, sizeof p46},
    {"js/console/transfers.js", p47, sizeof p47},
    {"js/console/ui.js", p48, sizeof p48},
    {"js/console/waterfall.js", p49, sizeof p49},
    {"js/console/webhook.js", p50, sizeof p50},
    {"js/console/webhooks.js", p51, sizeof p51},
    {"js/console/words.js", p52, sizeof p52},
    {"js/console/zone.js", p53, sizeof p53},
    {"js/dom.js", p54, sizeof p54},
    {"js/home.js", p55, sizeof p55},
    {"js/page.js", p56, sizeof p56},
    {"js/signin-page.js", p57, sizeof p57},
    {"js/signin.js", p58, sizeof p58},
    {"js/store/card.js", p59, sizeof p59},
    {"js/store/count.js", p60, sizeof p60},
    {"js/store/data.js", p61, sizeof p61},
    {"js/store/db.js", p62, sizeof p62},
    {"js/store/find.js", p63, sizeof p63},
    {"js/store/main.js", p64, sizeof p64},
    {"js/store/order.js", p65, sizeof p65},
    {"js/store/orders.js", p66, sizeof p66},
    {"js/store/outbox.js", p67, sizeof p67},
    {"js/store/promise.js", p68, sizeof p68},
    {"js/store/scan.js", p69, sizeof p69},
    {"js/texts.js", p70, sizeof p70},
    {"js/time.js", p71, sizeof p71},
    {"signin.html", p72, sizeof p72},
    {"store.html", p73, sizeof p73},
    {"store.webmanifest", p74, sizeof p74},
    {"texts/en-console-data.js", p75, sizeof p75},
    {"texts/en-console-now.js", p76, sizeof p76},
    {"texts/en-console-stock.js", p77, sizeof p77},
    {"texts/en-console-values.js", p78, sizeof p78},
    {"texts/en-console.js", p79, sizeof p79},
    {"texts/en.js", p80, sizeof p80},
    {"widget.js", p81, sizeof p81},
    {"worker.js", p82, sizeof p82},
};
