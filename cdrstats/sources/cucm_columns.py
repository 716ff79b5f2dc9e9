"""Columns of CUCM's flat files: their order where no header tells it, and which are kept."""

_CDR_14 = """
    cdrRecordType globalCallID_callManagerId globalCallID_callId origLegCallIdentifier
    dateTimeOrigination origNodeId origSpan origIpAddr callingPartyNumber
    callingPartyUnicodeLoginUserID origCause_location origCause_value origPrecedenceLevel
    origMediaTransportAddress_IP origMediaTransportAddress_Port
    origMediaCap_payloadCapability origMediaCap_maxFramesPerPacket
    origMediaCap_g723BitRate origVideoCap_Codec origVideoCap_Bandwidth
    origVideoCap_Resolution origVideoTransportAddress_IP origVideoTransportAddress_Port
    origRSVPAudioStat origRSVPVideoStat destLegIdentifier destNodeId destSpan destIpAddr
    originalCalledPartyNumber finalCalledPartyNumber finalCalledPartyUnicodeLoginUserID
    destCause_location destCause_value destPrecedenceLevel destMediaTransportAddress_IP
    destMediaTransportAddress_Port destMediaCap_payloadCapability
    destMediaCap_maxFramesPerPacket destMediaCap_g723BitRate destVideoCap_Codec
    destVideoCap_Bandwidth destVideoCap_Resolution destVideoTransportAddress_IP
    destVideoTransportAddress_Port destRSVPAudioStat destRSVPVideoStat dateTimeConnect
    dateTimeDisconnect lastRedirectDn pkid originalCalledPartyNumberPartition
    callingPartyNumberPartition finalCalledPartyNumberPartition lastRedirectDnPartition
    duration origDeviceName destDeviceName origCallTerminationOnBehalfOf
    destCallTerminationOnBehalfOf origCalledPartyRedirectOnBehalfOf
    lastRedirectRedirectOnBehalfOf origCalledPartyRedirectReason
    lastRedirectRedirectReason destConversationId globalCallId_ClusterID joinOnBehalfOf
    comment authCodeDescription authorizationLevel clientMatterCode origDTMFMethod
    destDTMFMethod callSecuredStatus origConversationId origMediaCap_Bandwidth
    destMediaCap_Bandwidth authorizationCodeValue outpulsedCallingPartyNumber
    outpulsedCalledPartyNumber origIpv4v6Addr destIpv4v6Addr origVideoCap_Codec_Channel2
    origVideoCap_Bandwidth_Channel2 origVideoCap_Resolution_Channel2
    origVideoTransportAddress_IP_Channel2 origVideoTransportAddress_Port_Channel2
    origVideoChannel_Role_Channel2 destVideoCap_Codec_Channel2
    destVideoCap_Bandwidth_Channel2 destVideoCap_Resolution_Channel2
    destVideoTransportAddress_IP_Channel2 destVideoTransportAddress_Port_Channel2
    destVideoChannel_Role_Channel2 IncomingProtocolID IncomingProtocolCallRef
    OutgoingProtocolID OutgoingProtocolCallRef currentRoutingReason origRoutingReason
    lastRedirectingRoutingReason huntPilotPartition huntPilotDN calledPartyPatternUsage
    IncomingICID IncomingOrigIOI IncomingTermIOI OutgoingICID OutgoingOrigIOI
    OutgoingTermIOI outpulsedOriginalCalledPartyNumber outpulsedLastRedirectingNumber
    wasCallQueued totalWaitTimeInQueue callingPartyNumber_uri
    originalCalledPartyNumber_uri finalCalledPartyNumber_uri lastRedirectDn_uri
    mobileCallingPartyNumber finalMobileCalledPartyNumber origMobileDeviceName
    destMobileDeviceName origMobileCallDuration destMobileCallDuration mobileCallType
    originalCalledPartyPattern finalCalledPartyPattern lastRedirectingPartyPattern
    huntPilotPattern origDeviceType destDeviceType origDeviceSessionID destDeviceSessionID
"""
CDR_14 = tuple(_CDR_14.split())
"""Of a call's record, as CUCM 14 and 15 write it."""

_CMR_14 = """
    cdrRecordType globalCallID_callManagerId globalCallID_callId nodeId directoryNum
    callIdentifier dateTimeStamp numberPacketsSent numberOctetsSent numberPacketsReceived
    numberOctetsReceived numberPacketsLost jitter latency pkid directoryNumPartition
    globalCallId_ClusterID deviceName varVQMetrics duration videoContentType videoDuration
    numberVideoPacketsSent numberVideoOctetsSent numberVideoPacketsReceived
    numberVideoOctetsReceived numberVideoPacketsLost videoAverageJitter videoRoundTripTime
    videoOneWayDelay videoReceptionMetrics videoTransmissionMetrics
    videoContentType_channel2 videoDuration_channel2 numberVideoPacketsSent_channel2
    numberVideoOctetsSent_channel2 numberVideoPacketsReceived_channel2
    numberVideoOctetsReceived_channel2 numberVideoPacketsLost_channel2
    videoAverageJitter_channel2 videoRoundTripTime_channel2 videoOneWayDelay_channel2
    videoReceptionMetrics_channel2 videoTransmissionMetrics_channel2 localSessionID
    remoteSessionID headsetSN headsetMetrics
"""
CMR_14 = tuple(_CMR_14.split())
"""Of a record of what was measured of a leg."""

_KEPT_OF_CALL = """
    globalCallID_callManagerId globalCallID_callId globalCallId_ClusterID pkid
    origLegCallIdentifier destLegIdentifier origConversationId destConversationId
    dateTimeOrigination dateTimeConnect dateTimeDisconnect duration
    callingPartyNumber callingPartyNumberPartition callingPartyUnicodeLoginUserID
    callingPartyNumber_uri originalCalledPartyNumber originalCalledPartyNumberPartition
    originalCalledPartyNumber_uri finalCalledPartyNumber finalCalledPartyNumberPartition
    finalCalledPartyUnicodeLoginUserID finalCalledPartyNumber_uri
    lastRedirectDn lastRedirectDnPartition outpulsedCallingPartyNumber
    outpulsedCalledPartyNumber mobileCallingPartyNumber finalMobileCalledPartyNumber
    huntPilotDN huntPilotPartition wasCallQueued totalWaitTimeInQueue
    origDeviceName destDeviceName origDeviceType destDeviceType origNodeId destNodeId
    origIpAddr destIpAddr origIpv4v6Addr destIpv4v6Addr
    origMediaTransportAddress_IP destMediaTransportAddress_IP
    origMediaCap_payloadCapability destMediaCap_payloadCapability
    origMediaCap_maxFramesPerPacket destMediaCap_maxFramesPerPacket
    origVideoCap_Codec destVideoCap_Codec
    origCause_location origCause_value destCause_location destCause_value
    origCallTerminationOnBehalfOf destCallTerminationOnBehalfOf
    origCalledPartyRedirectOnBehalfOf lastRedirectRedirectOnBehalfOf joinOnBehalfOf
    origCalledPartyRedirectReason lastRedirectRedirectReason
    authCodeDescription clientMatterCode callSecuredStatus
    IncomingProtocolID OutgoingProtocolID mobileCallType comment
"""
KEPT_OF_CALL = tuple(_KEPT_OF_CALL.split())
"""Of authorization codes only what describes them: the codes themselves are secret."""

_KEPT_OF_LEG = """
    globalCallID_callManagerId globalCallID_callId globalCallId_ClusterID pkid callIdentifier
    numberPacketsReceived numberPacketsLost jitter latency varVQMetrics
"""
KEPT_OF_LEG = tuple(_KEPT_OF_LEG.split())
