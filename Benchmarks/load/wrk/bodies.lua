-- Sends the bodies that stand in FILE.<thread>, one a line, and says when all are answered.
local file = os.getenv("FILE")
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    -- wrk asks once for a request that it only looks at.
    bodies, sent, answered = {}, -1, 0
    for body in io.lines(file .. "." .. id) do bodies[#bodies + 1] = body end
    headers = { ["Content-Type"] = "application/json" }
end

function request()
    -- Connections that are free while the last answers are on their way send the last body again: it changes nothing.
    sent = math.min(sent + 1, #bodies)
    return wrk.format("POST", "/v1/movements", headers, bodies[math.max(sent, 1)])
end

function response(status, headers, body)
    answered = answered + 1
    -- wrk itself goes on until its time is over, so whoever waits for the end looks for this file.
    if answered == #bodies then io.open(file .. "." .. id .. ".done", "w"):close() end
end
