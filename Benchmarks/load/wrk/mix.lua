-- What a web shop and its stores ask for: of a hundred requests 90 read a balance, 5 hold a unit, 5 sell one.
local items, locations = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LOCATIONS"))
local run = os.getenv("RUN")
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    math.randomseed(os.time() * 100 + id)
    sent = 0
    reading = { }
    writing = { ["Content-Type"] = "application/json" }
end

function request()
    sent = sent + 1
    local sku = string.format("sku-%06d", math.random(1, items))
    local location = string.format("loc-%04d", math.random(1, locations))
    local kind = math.random(1, 100)
    if kind <= 90 then
        return wrk.format("GET", "/v1/availability/" .. sku .. "/" .. location, reading)
    elseif kind <= 95 then
        writing["Idempotency-Key"] = string.format("%s-%d-%09d", run, id, sent)
        return wrk.format(
            "POST", "/v1/reservations", writing,
            string.format('{"method":"pickup","location":"%s","lines":[{"sku":"%s","quantity":1}]}', location, sku))
    end
    return wrk.format(
        "POST", "/v1/movements", writing,
        string.format(
            '{"source":"till-%s-%d","lines":[{"eventId":"%09d","type":"sale","sku":"%s","location":"%s","quantity":1}]}',
            run, id, sent, sku, location))
end
