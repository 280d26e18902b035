-- Holds under keys of their own: LINES lines of QUANTITY units each, over ITEMS x LOCATIONS balances. All lines of one are at
-- one location, as a basket is.
local items, locations = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LOCATIONS"))
local lines, quantity = tonumber(os.getenv("LINES") or "1"), os.getenv("QUANTITY") or "1"
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
            '{"method":"pickup","location":"loc-%04d","reference":"cart-%09d","lines":[%s]}',
            math.random(1, locations), sent, table.concat(body, ",")))
end
