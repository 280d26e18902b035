-- Orders to ship to somewhere in Germany, under keys of their own: LINES lines of QUANTITY units each over ITEMS items, by
-- OBJECTIVE. Where from is for the service to choose.
local items, lines = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LINES") or "1")
local quantity, objective = os.getenv("QUANTITY") or "1", os.getenv("OBJECTIVE")
local run = os.getenv("RUN")
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    math.randomseed(os.time() * 100 + id)
    sent = 0
    headers = { ["Content-Type"] = "application/json" }
end

function request()
    sent = sent + 1
    headers["Idempotency-Key"] = string.format("%s-%d-%09d", run, id, sent)
    local body = {}
    for i = 1, lines do
        body[i] = string.format('{"sku":"sku-%06d","quantity":%s}', math.random(1, items), quantity)
    end
    return wrk.format(
        "POST", "/v1/reservations", headers,
        string.format(
            '{"method":"ship","objective":"%s","shipTo":{"latitude":%.4f,"longitude":%.4f},"reference":"order-%09d","lines":[%s]}',
            objective, 47.3 + 7.7 * math.random(), 5.9 + 9.1 * math.random(), sent, table.concat(body, ",")))
end
