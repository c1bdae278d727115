using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;

namespace Godwit.WebRtc.Sdp;

/// <summary>Reads offers (RFC 8866, 8829, 8839, 8841): those of browsers and of other implementations of WebRTC, with one section, which is of data channels.</summary>
internal sealed class SdpOfferReader
{
    private const long DefaultMaxMessage = 64 << 10;
    private const int MostFingerprints = 8;
    private const int MostCandidates = 64;
    private const int MaxMid = 64;
    private const string Section = "It is offered with 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'";

    private readonly List<byte[]> _fingerprints = [];
    private readonly List<AddressFamily> _candidates = [];
    private string? _fragment;
    private string? _password;
    private string? _mid;
    private string? _bundle;
    private int _section;
    private int _fingerprintLine;
    private int _setupLine;
    private int _candidateLine;
    private int _candidateCount;
    private bool _hasSetup;
    private ushort? _port;
    private long _maxMessage = DefaultMaxMessage;
    private SdpFault? _fault;

    private SdpOfferReader()
    {
    }

    /// <summary>Reads an offer.</summary>
    /// <param name="octets">The text; up to <see cref="SdpOffer.MaxBytes"/>.</param>
    /// <param name="hasV4">Whether this server has an address of IPv4 that it names.</param>
    /// <param name="hasV6">Likewise of IPv6.</param>
    /// <param name="offer">What it says.</param>
    /// <param name="fault">Why it is refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> octets, bool hasV4, bool hasV6, [NotNullWhen(true)] out SdpOffer? offer, [NotNullWhen(false)] out SdpFault? fault)
    {
        var reader = new SdpOfferReader();
        offer = reader.Read(octets, hasV4, hasV6);
        fault = reader._fault;
        return offer is not null;
    }

    private SdpOffer? Read(ReadOnlySpan<byte> octets, bool hasV4, bool hasV6)
    {
        if (octets.Length > SdpOffer.MaxBytes)
        {
            return Unusable(0, $"an offer has at most {SdpOffer.MaxBytes} octets");
        }

        if (!System.Text.Unicode.Utf8.IsValid(octets))
        {
            return Malformed(0, "an offer is text in UTF-8");
        }

        string text = Encoding.UTF8.GetString(octets);
        int number = 0;
        foreach (ReadOnlySpan<char> ended in text.AsSpan().EnumerateSdpLines())
        {
            number++;
            ReadOnlySpan<char> line = ended.TrimEnd('\r');
            if (line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0]))
            {
                return Malformed(number, "a line of SDP is a small letter, '=' and a value");
            }

            if (number == 1 && !line.SequenceEqual("v=0"))
            {
                return Malformed(number, "an offer begins with v=0");
            }

            if (!Take(line, number))
            {
                return null;
            }
        }

        return number == 0 ? Malformed(0, "the body is empty; send the SDP that createOffer gave, as it is") : Finish(hasV4, hasV6);
    }

    private bool Take(ReadOnlySpan<char> line, int number)
    {
        ReadOnlySpan<char> value = line[2..];
        if (line[0] == 'm')
        {
            return TakeSection(value, number);
        }

        if (line[0] != 'a')
        {
            return true;
        }

        int colon = value.IndexOf(':');
        ReadOnlySpan<char> name = colon < 0 ? value : value[..colon];
        ReadOnlySpan<char> content = colon < 0 ? [] : value[(colon + 1)..];
        return name switch
        {
            "ice-ufrag" => TakeFragment(content, number),
            "ice-pwd" => TakePassword(content, number),
            "ice-lite" => Unusable(number, "both sides cannot be ice-lite, and this server is: offer as a full agent") is not null,
            "fingerprint" => TakeFingerprint(content, number),
            "setup" => TakeSetup(content, number),
            "group" => TakeGroup(content),
            "mid" => TakeMid(content, number),
            "sctp-port" => TakePort(content, number),
            "max-message-size" => TakeMaxMessage(content, number),
            "candidate" => TakeCandidate(content, number),
            _ => true,
        };
    }

    private bool TakeSection(ReadOnlySpan<char> value, int number)
    {
        if (_section != 0)
        {
            return Unusable(number, "one section is taken, of data channels; offer neither audio nor video with it") is not null;
        }

        _section = number;
        Span<Range> fields = stackalloc Range[5];
        if (value.Split(fields, ' ') != 4 || !ushort.TryParse(value[fields[1]], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return value.StartsWith("audio ") || value.StartsWith("video ") || value.StartsWith("application ")
                ? Unusable(number, Section) is not null
                : Malformed(number, Section) is not null;
        }

        bool isMeant = value[fields[0]].SequenceEqual("application") && value[fields[2]].SequenceEqual("UDP/DTLS/SCTP") && value[fields[3]].SequenceEqual("webrtc-datachannel");
        return !isMeant ? Unusable(number, Section) is not null
            : port == 0 ? Unusable(number, "the section is switched off (its port is 0); offer it with port 9") is not null
            : true;
    }

    private bool TakeFragment(ReadOnlySpan<char> value, int number)
    {
        if (value.Length is < 4 or > 256 || !IceCredentials.IsMadeOfIceCharacters(value))
        {
            return Malformed(number, "ice-ufrag has 4 to 256 letters, digits, '+' and '/'") is not null;
        }

        _fragment = new string(value);
        return true;
    }

    private bool TakePassword(ReadOnlySpan<char> value, int number)
    {
        if (value.Length is < 22 or > 256 || !IceCredentials.IsMadeOfIceCharacters(value))
        {
            return Malformed(number, "ice-pwd has 22 to 256 letters, digits, '+' and '/'") is not null;
        }

        _password = new string(value);
        return true;
    }

    private bool TakeFingerprint(ReadOnlySpan<char> value, int number)
    {
        int space = value.IndexOf(' ');
        if (space < 1)
        {
            return Malformed(number, "a fingerprint is the name of a hash function, a space, and pairs of digits with colons between") is not null;
        }

        _fingerprintLine = number;
        if (!value[..space].Equals(DtlsFingerprint.Function, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (DtlsFingerprint.Parse(value[(space + 1)..]) is not { } fingerprint)
        {
            return Malformed(number, "a fingerprint of sha-256 is 32 pairs of hexadecimal digits with colons between") is not null;
        }

        if (_fingerprints.Count == MostFingerprints)
        {
            return Unusable(number, $"at most {MostFingerprints} fingerprints are taken") is not null;
        }

        _fingerprints.Add(fingerprint);
        return true;
    }

    private bool TakeSetup(ReadOnlySpan<char> value, int number)
    {
        _hasSetup = true;
        _setupLine = number;
        return value is "actpass" or "active" ? true
            : value is "passive" or "holdconn" ? Unusable(number, "the server waits for the client to begin (setup:passive): offer setup:actpass or setup:active") is not null
            : Malformed(number, "setup is actpass, active, passive or holdconn") is not null;
    }

    private bool TakeGroup(ReadOnlySpan<char> value)
    {
        if (value.StartsWith("BUNDLE "))
        {
            _bundle = new string(value["BUNDLE ".Length..]);
        }

        return true;
    }

    private bool TakeMid(ReadOnlySpan<char> value, int number)
    {
        if (value.Length is 0 or > MaxMid || !IsToken(value))
        {
            return Malformed(number, $"mid is a token of 1 to {MaxMid} characters") is not null;
        }

        _mid = new string(value);
        return true;
    }

    private bool TakePort(ReadOnlySpan<char> value, int number)
    {
        if (!ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            return Malformed(number, "sctp-port is a number from 1 to 65535") is not null;
        }

        _port = port;
        return true;
    }

    private bool TakeMaxMessage(ReadOnlySpan<char> value, int number)
    {
        if (value.Length > 18 || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long most))
        {
            return Malformed(number, "max-message-size is a whole number of octets, 0 for any") is not null;
        }

        _maxMessage = most == 0 ? long.MaxValue : most;
        return true;
    }

    private bool TakeCandidate(ReadOnlySpan<char> value, int number)
    {
        if (SdpCandidate.Parse(value, out SdpCandidate candidate) is { } problem)
        {
            return Malformed(number, problem) is not null;
        }

        if (++_candidateCount > MostCandidates)
        {
            return Unusable(number, $"at most {MostCandidates} candidates are taken") is not null;
        }

        _candidateLine = number;
        if (candidate.IsUdp)
        {
            _candidates.Add(candidate.Family);
        }

        return true;
    }

    private SdpOffer? Finish(bool hasV4, bool hasV6)
    {
        if (_section == 0)
        {
            return Unusable(0, $"there is no section of data channels. {Section}; a page makes one by createDataChannel before createOffer");
        }

        if (_fragment is null || _password is null)
        {
            return Malformed(0, $"a={(_fragment is null ? "ice-ufrag" : "ice-pwd")} is missing");
        }

        if (_fingerprints.Count == 0)
        {
            return _fingerprintLine == 0 ? Malformed(0, "a=fingerprint is missing") : Unusable(_fingerprintLine, "a fingerprint of sha-256 is needed");
        }

        if (!_hasSetup)
        {
            return Malformed(_setupLine, "a=setup is missing; an offer has setup:actpass");
        }

        if (_port is not { } port)
        {
            return Malformed(0, "a=sctp-port is missing");
        }

        // No candidate at all is no fault: where the checks come from is seen when they come.
        if (_candidateCount > 0 && !_candidates.Exists(family => family == AddressFamily.Unknown || (family == AddressFamily.InterNetwork ? hasV4 : hasV6)))
        {
            return Unusable(_candidateLine, _candidates.Count == 0
                ? "no candidate is of UDP"
                : $"no candidate is of {(hasV4 ? "IPv4" : "IPv6")}, which alone this server has an address of");
        }

        return new SdpOffer
        {
            Fragment = _fragment,
            Password = _password,
            Fingerprints = _fingerprints,
            Mid = _mid,
            IsBundled = _mid is not null && _bundle is not null && _bundle.Split(' ').Contains(_mid),
            SctpPort = port,
            MaxMessage = _maxMessage,
        };
    }

    private static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !"!#$%&'*+-.^_`{|}~".Contains(character))
            {
                return false;
            }
        }

        return true;
    }

    private SdpOffer? Malformed(int line, string detail)
    {
        _fault = new SdpFault(line, detail, IsUnusable: false);
        return null;
    }

    private SdpOffer? Unusable(int line, string detail)
    {
        _fault = new SdpFault(line, detail, IsUnusable: true);
        return null;
    }
}
