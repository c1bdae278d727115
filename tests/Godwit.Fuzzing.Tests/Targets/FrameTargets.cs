using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Godwit.Sessions.Exchanges;
using Godwit.Sessions.Frames;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What clients of sessions send: frames, and the bodies of exchanges.</summary>
public class FrameTargets
{
    private const string Position = "3kQ9xLm0aZ_-42-03fK9a";

    private static readonly string[] Frames =
    [
        """{"op":"hello","id":1,"token":"t","session":"s","rooms":{"lobby":"now","chat:a":{"after":"3kQ9xLm0aZ_-42-03fK9a","delivery":"latest"}}}""",
        """{"op":"hello","ticket":"t","rooms":{"a":null,"b":{"last":10,"present":true,"state":{"x":1}}}}""",
        """{"op":"join","id":"j","room":"lobby","after":"start","delivery":"all"}""",
        """{"op":"join","room":"lobby","last":100,"present":true,"state":[1,"\ud83d\ude00"]}""",
        """{"op":"leave","id":-0.5e+10,"room":"lobby"}""",
        """{"op":"publish","id":"p\u00e9","room":"chat:lobby","event":"said","data":{"text":"hi","n":[1.0,2e5,null]},"key":"0123456789abcdef012345"}""",
        """{"op":"publish","room":"a","bytes":"AAEC\/w==","event":"x"}""",
        """{"op":"read","id":3,"room":"lobby","before":"3kQ9xLm0aZ_-42-03fK9a","limit":10.0}""",
        """{"op":"read","room":"lobby","last":1000}""",
        """{"op":"request","id":"r","room":"lobby","event":"ask","data":null}""",
        """{"op":"members","room":"lobby"}""",
        """{"op":"refresh","token":"t"}""",
        """{"op":"ping","id":12345678901234567890}""",
    ];

    private static readonly byte[][] Dictionary =
    [
        .. Tokens.Texts(
            "\"op\":\"hello\",", "\"op\":\"join\",", "\"op\":\"publish\",", "\"op\":\"read\",", "\"id\":1,", "\"id\":\"\\ud800\",", "\"room\":\"a\",", "\"rooms\":{", "\"after\":\"now\",", "\"last\":1,",
            "\"limit\":0,", "\"data\":", "\"bytes\":\"AA==\",", "\"key\":\"k\",", "\"event\":\"godwit\",", "\"token\":\"t\",", "\"ticket\":\"t\",", "\"session\":\"s\",", "\"send\":[", "\"wait\":1.5,", "\"delivery\":\"latest\",",
            "\"present\":true,", "\"state\":", "\"\\u006fp\":\"ping\",", "\"\\ud800\":1,", "\"\\u0061bcdefghi\":1,", "\"lobby\":\"" + Position + "\",", Position, "\"unknown\":{\"a\":[]},"),
        .. Tokens.Json,
    ];

    [Fact]
    public void A_frame_is_read_or_refused_with_a_frame_that_every_client_reads() => Campaign.Run("frame", [.. Tokens.Texts(Frames)], Dictionary, static (input, _) =>
    {
        var allowance = Allowance.Begin();
        bool taken = ClientFrameReader.TryRead(input, out ClientFrame? frame, out FrameFault fault);
        allowance.Check(input.Length, 32);
        if (taken)
        {
            Assert.True(IsJson(input), "What is no JSON was taken.");
            IsReadable(frame!);
            return new Signature().With(frame!.GetType().Name).With(frame.Id.Json.Length);
        }

        return Refused(fault);
    });

    [Fact]
    public void The_body_of_an_exchange_is_read_or_refused_and_a_fault_in_one_item_is_that_item_s() => Campaign.Run(
        "exchange",
        [
            .. Tokens.Texts(
                """{"token":"t","session":"s","rooms":{"lobby":"3kQ9xLm0aZ_-42-03fK9a","b":"now"},"send":[],"wait":25}""",
                """{"rooms":{"a":{"after":"start"},"b":{"last":5}},"wait":0.5,"send":[""" + string.Join(',', Frames) + "]}",
                """{"send":[{"op":"publish","room":"a","data":1},1,null,[],{"op":"nothing"}]}""",
                "{}"),
        ],
        Dictionary,
        static (input, _) =>
    {
        var allowance = Allowance.Begin();
        bool taken = ExchangeRequestReader.TryRead(input, out ExchangeRequest? request, out FrameFault fault);
        allowance.Check(input.Length, 400);
        if (!taken)
        {
            return Refused(fault);
        }

        Assert.True(IsJson(input), "What is no JSON was taken.");
        Assert.InRange(request!.Send.Count, 0, ExchangeRequestReader.MaxItems);
        var signature = new Signature().With(request.Rooms.Count).With(request.Send.Count);
        foreach (ExchangeItem item in request.Send)
        {
            if (item.Frame is { } frame)
            {
                IsReadable(frame);
                signature = signature.With(frame.GetType().Name);
            }
            else
            {
                signature = signature.With((long)Refused(item.Fault).Value);
            }
        }

        return signature;
    });

    private static Signature Refused(in FrameFault fault)
    {
        byte[] told = fault.ToFrame();
        Assert.InRange(told.Length, 1, 4 << 10);
        Assert.True(JsonTargets.IsReadable(told), $"No client reads {Encoding.UTF8.GetString(told)}");
        using JsonDocument frame = JsonDocument.Parse(told);
        Assert.Equal(fault.Code.Code, frame.RootElement.GetProperty("code").GetString());
        return new Signature().With(fault.Code.Code).With(fault.Field).With(fault.Id.Json.Length).With(fault.Line > 0 ? 1 : 0);
    }

    private static void IsReadable(ClientFrame frame)
    {
        if (!frame.Id.IsNone)
        {
            Assert.True(JsonTargets.IsReadable(frame.Id.Json.ToArray()));
            Assert.InRange(frame.Id.Json.Length, 1, 6 * FrameId.MaxLength + 2);
        }

        if (frame is PublishFrame { Content: { IsBytes: false } content })
        {
            Assert.True(JsonTargets.IsReadable(content.Data));
            Assert.DoesNotContain((byte)'\n', content.Data);
        }

        if (frame is PublishFrame publish)
        {
            Assert.Null(EventName.Check(publish.Content.Event));
            Assert.True(RoomName.TryParse(publish.Room.ToString(), out _));
        }
    }

    private static bool IsJson(byte[] text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
