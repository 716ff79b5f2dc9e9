-- MySQL dump 10.13  Distrib 8.0.36
SET TIME_ZONE='+00:00';
DROP TABLE IF EXISTS `acc`;
CREATE TABLE `acc` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `method` varchar(16) NOT NULL DEFAULT '',
  `from_tag` varchar(128) NOT NULL DEFAULT '',
  `to_tag` varchar(128) NOT NULL DEFAULT '',
  `callid` varchar(255) NOT NULL DEFAULT '',
  `sip_code` varchar(3) NOT NULL DEFAULT '',
  `sip_reason` varchar(128) NOT NULL DEFAULT '',
  `time` datetime NOT NULL,
  `src_user` varchar(64) NOT NULL DEFAULT '',
  `src_ip` varchar(64) NOT NULL DEFAULT '',
  `dst_ouser` varchar(64) NOT NULL DEFAULT '',
  `dst_user` varchar(64) NOT NULL DEFAULT '',
  `cdr_id` int NOT NULL DEFAULT '0',
  PRIMARY KEY (`id`),
  KEY `acc_callid` (`callid`)
) ENGINE=InnoDB;
LOCK TABLES `acc` WRITE;
INSERT INTO `acc` VALUES (1,'INVITE','a1','z9hG.1','k1@192.0.2.9','407','Proxy Authentication Required','2026-06-02 10:00:00','2000','192.0.2.9','2001','2001',0),(2,'INVITE','a1','b1','k1@192.0.2.9','200','OK','2026-06-02 10:00:05','2000','192.0.2.9','2001','2001',1),(3,'INVITE','a1','b1','k1@192.0.2.9','488','Not acceptable here','2026-06-02 10:00:30','2000','192.0.2.9','2001','2001',0),(4,'BYE','b1','a1','k1@192.0.2.9','200','OK','2026-06-02 10:01:20','2001','192.0.2.9','2000','2000',1);
INSERT INTO `acc` VALUES (5,'INVITE','c1','d1','k2@192.0.2.9','486','Busy; it\'s so','2026-06-02 10:05:00','2001','192.0.2.9','0034911000111','34911000111',0);
UNLOCK TABLES;
CREATE TABLE `missed_calls` (
  `id` int unsigned NOT NULL,
  `method` varchar(16) NOT NULL,
  `from_tag` varchar(128) NOT NULL,
  `to_tag` varchar(128) NOT NULL,
  `callid` varchar(255) NOT NULL,
  `sip_code` varchar(3) NOT NULL,
  `sip_reason` varchar(128) NOT NULL,
  `time` datetime NOT NULL
);
INSERT INTO missed_calls (id, method, from_tag, to_tag, callid, sip_code, sip_reason, time) VALUES (1,'INVITE','e1','f1','k3@192.0.2.9','480','Temporarily unavailable','2026-06-02 10:06:00');
INSERT INTO `version` VALUES ('acc',5);
