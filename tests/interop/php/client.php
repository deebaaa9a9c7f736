<?php
// SPDX-License-Identifier: Apache-2.0
// The rows of php_test.py.
[, $url, $ca, $user, $password, $other, $picture] = $argv;
const TEXT = "<p>Grüße &amp; 日本語 👩‍👩‍👧</p> ]]> & <b>";

function client(array $more = []): SoapClient
{
    global $url, $ca, $user, $password;
    $tls = stream_context_create(['ssl' => ['cafile' => $ca]]);
    return new SoapClient($url, $more + ['login' => $user, 'password' => $password,
        'stream_context' => $tls, 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]);
}

function get(SoapClient $client, ?string $address = null): object
{
    global $user;
    return $client->GetUserOofSettings(['Mailbox' => ['Address' => $address ?? $user]]);
}

function put(SoapClient $client, array $settings): object
{
    global $user;
    return $client->SetUserOofSettings(['Mailbox' => ['Address' => $user],
        'UserOofSettings' => $settings + ['OofState' => 'Enabled', 'ExternalAudience' => 'All',
            'InternalReply' => ['Message' => TEXT], 'ExternalReply' => ['Message' => 'x']]]);
}

function check(bool $holds, mixed $got): void
{
    if (!$holds) {
        throw new Exception(json_encode($got, JSON_UNESCAPED_UNICODE));
    }
}

function fault(callable $act): SoapFault
{
    try {
        $got = $act();
    } catch (SoapFault $fault) {
        return $fault;
    }
    throw new Exception('not refused: ' . json_encode($got));
}

function states(SoapClient $client): void
{
    foreach (['Enabled', 'Disabled'] as $state) {
        foreach (['None', 'Known', 'All'] as $audience) {
            $answer = put($client, ['OofState' => $state, 'ExternalAudience' => $audience]);
            check($answer->ResponseMessage->ResponseCode === 'NoError', $answer);
            $got = get($client)->OofSettings;
            check([$got->OofState, $got->ExternalAudience] === [$state, $audience], $got);
            check($got->InternalReply->Message === TEXT, $got);
        }
    }
}

$rows = [
    'plain' => fn() => states(client()),
    'closed' => fn() => states(client(['keep_alive' => false])),
    'gzipped' => fn() => states(client(['compression' =>
        SOAP_COMPRESSION_ACCEPT | SOAP_COMPRESSION_GZIP | 5])),
    'soap12' => fn() => states(client(['soap_version' => SOAP_1_2])),
    'schedule' => function () {
        $times = ['StartTime' => '2099-03-01T09:00:00+01:00', 'EndTime' => '2099-03-08T17:00:00Z'];
        put(client(), ['OofState' => 'Scheduled', 'Duration' => $times]);
        $got = get(client())->OofSettings->Duration;
        check($got->StartTime === '2099-03-01T08:00:00Z', $got);
        check($got->EndTime === '2099-03-08T17:00:00Z', $got);
    },
    'version' => function () {
        $client = client();
        $client->__setSoapHeaders(new SoapHeader(
            'http://schemas.microsoft.com/exchange/services/2006/types', 'RequestServerVersion',
            new SoapVar('<v:RequestServerVersion Version="Exchange2013_SP1" xmlns:v='
                . '"http://schemas.microsoft.com/exchange/services/2006/types"/>', XSD_ANYXML)));
        check(get($client)->ResponseMessage->ResponseClass === 'Success', 'no success');
    },
    'refused' => function () {
        $answer = put(client(), ['OofState' => 'Scheduled']);
        check($answer->ResponseMessage->ResponseCode === 'ErrorInvalidScheduledOofDuration', $answer);
    },
    'colleague' => function () {
        global $other;
        $fault = fault(fn() => get(client(), $other));
        check(str_contains($fault->getMessage(), 'not mailbox owner'), $fault->getMessage());
        check($fault->detail->ResponseCode === 'ErrorAccessDenied', $fault->detail);
    },
    'photo' => function () {
        global $user, $picture;
        $ask = ['Email' => $user, 'SizeRequested' => 'HR96x96'];
        $got = client()->GetUserPhoto($ask);
        check($got->ResponseCode === 'ErrorItemNotFound', $got);
        $answer = client()->SetUserPhoto(['Email' => $user,
            'Content' => base64_encode(file_get_contents($picture))]);
        check($answer->ResponseCode === 'NoError', $answer);
        $got = client()->GetUserPhoto($ask);
        check($got->HasChanged === true && $got->ContentType === 'image/jpeg', $got);
        check(str_starts_with($got->PictureData, "\xff\xd8\xff"), strlen($got->PictureData));
    },
    'password' => function () {
        $fault = fault(fn() => get(client(['password' => 'wrong'])));
        check($fault->getMessage() === 'Unauthorized', $fault->getMessage());
    },
];
foreach ($rows as $name => $proof) {
    $result = 'fine';
    try {
        $proof();
    } catch (Throwable $e) {
        $result = preg_replace('/\s+/', ' ', $e->getMessage() . ' at line ' . $e->getLine());
    }
    echo "$name\t$result\n";
}
