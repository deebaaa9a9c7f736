-- SPDX-License-Identifier: Apache-2.0
-- wrk: POSTs SOAP as one of many mailboxes.
-- Arguments: body file, first mailbox, how many, step between them.
local bodies, heads, n = {}, {}, 0

local function read(path)
	local f = assert(io.open(path, "rb"))
	local text = f:read("*a")
	f:close()
	return text
end

local function base64(text)
	local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	local out = {}
	for i = 1, #text, 3 do
		local a, b, c = text:byte(i, i + 2)
		local v = a * 65536 + (b or 0) * 256 + (c or 0)
		for j = 0, 3 do
			if j > (c and 3 or b and 2 or 1) then
				out[#out + 1] = "="
			else
				local at = math.floor(v / 64 ^ (3 - j)) % 64 + 1
				out[#out + 1] = digits:sub(at, at)
			end
		end
	end
	return table.concat(out)
end

function init(args)
	local body, first, count, step = read(args[1]), tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
	for k = 0, count - 1 do
		local who = "bench" .. (first + k * step) .. "@example.com"
		heads = {
			["Authorization"] = "Basic " .. base64(who .. ":bench"),
			["Content-Type"] = "text/xml; charset=utf-8",
			["X-Forwarded-Proto"] = "https", -- heeded by the plain listener only
		}
		bodies[#bodies + 1] = wrk.format("POST", "/EWS/Exchange.asmx", heads,
			(body:gsub("ADDRESS", who)))
	end
end

function request()
	n = n % #bodies + 1
	return bodies[n]
end

local wrong = 0
function response(status)
	if status ~= 200 then
		wrong = wrong + 1
		if wrong == 1 then
			print("WRONG status " .. status)
		end
	end
end
