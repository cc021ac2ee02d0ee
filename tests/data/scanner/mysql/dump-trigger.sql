DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON a
FOR EACH ROW BEGIN
  SET NEW.x = 1;
END */;;
DELIMITER ;
/*!50003 SET sql_mode = @saved */ ;
